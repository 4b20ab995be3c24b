# shellcheck shell=sh
# Writes disks at random with blocks of mixed sizes and reads all of it back, each block against its own checksum, in
# rounds, until the host sends a line. Whatever happens to a device meanwhile, no block may be wrong and no request may fail.
# DISKS (vda): which disks, all at once. SIZE_MIB (32), DEPTH (16), JOBS (1): of each disk. ROUNDS (0 = until told).
# HWRNG (unset): whether random bytes are drawn all the time.
disks="${DISKS:-vda}"
size_mib="${SIZE_MIB:-32}"
stop=/run/stop
rm -f "$stop"
jobs=""
for disk in $disks; do
  need_disk "/dev/$disk"
  jobs="$jobs --name=$disk --filename=/dev/$disk"
done

round() {
  # Options in front of the first name hold for all jobs; the names are words of their own.
  # shellcheck disable=SC2086
  fio --direct=1 --ioengine=libaio --iodepth="${DEPTH:-16}" \
    --numjobs="${JOBS:-1}" --size="${size_mib}m" --offset_increment="${size_mib}m" \
    --rw=randrw --rwmixread=30 --bssplit=4k/40:8k/20:12k/10:16k/10:64k/15:128k/5 --fsync=64 \
    --verify=crc32c --verify_fatal=1 --verify_state_save=0 --do_verify=1 --randseed="$1" --random_generator=tausworthe64 \
    --eta=never --group_reporting --output-format=normal,terse --terse-version=3 --output=/run/fio \
    $jobs 2>/run/fio-errors
}

echo "TROUPE-WAIT stop"
# A background job would otherwise get /dev/null for its input.
(IFS= read -r _ </dev/ttyS0 && touch "$stop") &
if [ -n "${HWRNG:-}" ]; then
  rm -f /run/hwrng-failed
  (
    until [ -e "$stop" ]; do
      dd if=/dev/hwrng of=/dev/null bs=64 count=1 iflag=fullblock 2>/dev/null || touch /run/hwrng-failed
      sleep 0.1
    done
  ) &
  drawing=$!
fi
number=0
until [ -e "$stop" ]; do
  number=$((number + 1))
  round "$number" || {
    cat /run/fio /run/fio-errors
    fail "fio found errors in round $number"
  }
  expect 0 "$(sed -n 's/.* err= *\([0-9]*\).*/\1/p' /run/fio | sort -n | tail -n 1)" "fio's error count in round $number"
  [ ! -s /run/fio-errors ] || fail "fio complained in round $number: $(head -n 1 /run/fio-errors)"
  no_kernel_errors
  say "round $number verified"
  [ "$number" != "${ROUNDS:-0}" ] || touch "$stop"
done
if [ -n "${HWRNG:-}" ]; then
  wait "$drawing"
  [ ! -e /run/hwrng-failed ] || fail "drawing random bytes failed"
  say "random bytes were there all the time"
fi
say "rounds $number"
