# shellcheck shell=sh
# Discarded and zeroed ranges of vda read as zeros, and their neighbours keep what they held.
# DISCARD_ZEROES (yes): whether a plain discard must read back as zeros; the specification leaves it open.
need_disk /dev/vda
[ "$(cat /sys/block/vda/queue/discard_max_bytes)" -gt 0 ] || fail "vda offers no discard"
[ "$(cat /sys/block/vda/queue/write_zeroes_max_bytes)" -gt 0 ] || fail "vda offers no write zeroes"
say "largest discard $(cat /sys/block/vda/queue/discard_max_bytes) bytes, write zeroes $(cat /sys/block/vda/queue/write_zeroes_max_bytes) bytes"

fill() {
  tr '\000' '\245' </dev/zero | dd of=/dev/vda bs=1M count=16 iflag=fullblock oflag=direct conv=fsync 2>/dev/null
}
# The pattern must be all around a range of 4 MiB at 4 MiB.
neighbours_kept() {
  for kib in 4095 8192; do
    expect a5a5a5a5 "$(dd if=/dev/vda bs=1024 skip=$kib count=1 iflag=direct 2>/dev/null | hexdump -n 4 -e '4/1 "%02x"')" \
      "the bytes at KiB $kib after $1"
  done
}
zeroed() {
  is_zero /dev/vda 4096 4096 || fail "the range is not zero after $1"
  neighbours_kept "$1"
  say "$1: zero inside, untouched outside"
}

fill
run blkdiscard -o 4194304 -l 4194304 /dev/vda
if [ "${DISCARD_ZEROES:-yes}" = yes ]; then
  zeroed "blkdiscard"
else
  neighbours_kept "blkdiscard"
fi
fill
run blkdiscard -z -o 4194304 -l 4194304 /dev/vda
zeroed "blkdiscard -z"
fill
run fallocate --punch-hole -o 4194304 -l 4194304 /dev/vda
zeroed "fallocate --punch-hole"
fill
run fallocate --zero-range -o 4194304 -l 4194304 /dev/vda
zeroed "fallocate --zero-range"
run blkdiscard /dev/vda
no_kernel_errors
