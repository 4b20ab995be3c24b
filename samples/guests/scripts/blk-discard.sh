# shellcheck shell=sh
# Discarded and zeroed ranges of vda read as zeros, and their neighbours keep what they held.
# DISCARD_ZEROES (yes): whether a plain discard must read back as zeros; the specification leaves it open.
# DISK (vda): which disk.
disk="${DISK:-vda}"
need_disk "/dev/$disk"
[ "$(cat "/sys/block/$disk/queue/discard_max_bytes")" -gt 0 ] || fail "$disk offers no discard"
[ "$(cat "/sys/block/$disk/queue/write_zeroes_max_bytes")" -gt 0 ] || fail "$disk offers no write zeroes"
say "largest discard $(cat "/sys/block/$disk/queue/discard_max_bytes") bytes, write zeroes $(cat "/sys/block/$disk/queue/write_zeroes_max_bytes") bytes"

tr '\000' '\245' </dev/zero | dd of=/run/pattern bs=64k count=16 iflag=fullblock 2>/dev/null
fill() {
  for mib in 0 1 2 3 4 5 6 7 8 9; do
    run dd if=/run/pattern of="/dev/$disk" bs=1M seek="$mib" count=1 oflag=direct conv=notrunc,fsync
  done
}
# The pattern must be all around a range of 4 MiB at 4 MiB.
neighbours_kept() {
  for kib in 4095 8192; do
    expect a5a5a5a5 "$(dd if="/dev/$disk" bs=1024 skip=$kib count=1 iflag=direct 2>/dev/null | hexdump -n 4 -e '4/1 "%02x"')" \
      "the bytes at KiB $kib after $1"
  done
}
zeroed() {
  is_zero "/dev/$disk" 4096 4096 || fail "the range is not zero after $1"
  neighbours_kept "$1"
  say "$1: zero inside, untouched outside"
}

fill
run blkdiscard -o 4194304 -l 4194304 "/dev/$disk"
if [ "${DISCARD_ZEROES:-yes}" = yes ]; then
  zeroed "blkdiscard"
else
  neighbours_kept "blkdiscard"
fi
fill
run blkdiscard -z -o 4194304 -l 4194304 "/dev/$disk"
zeroed "blkdiscard -z"
fill
run fallocate --punch-hole -o 4194304 -l 4194304 "/dev/$disk"
zeroed "fallocate --punch-hole"
fill
run fallocate --zero-range -o 4194304 -l 4194304 "/dev/$disk"
zeroed "fallocate --zero-range"
run blkdiscard "/dev/$disk"
no_kernel_errors
