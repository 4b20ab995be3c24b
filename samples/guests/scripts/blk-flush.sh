# shellcheck shell=sh
# Every sync of vda reaches the disk as a flush. ROUNDS (20): how many. Says how many flushes the kernel finished, so
# that the host can compare with what it counted. SET_CACHE (unset): the cache mode to ask the device for first.
# DISK (vda): which disk.
disk="${DISK:-vda}"
need_disk "/dev/$disk"
rounds="${ROUNDS:-20}"
if [ -n "${SET_CACHE:-}" ]; then
  echo "$SET_CACHE" >"/sys/block/$disk/cache_type"
fi
expect "write back" "$(cat "/sys/block/$disk/queue/write_cache")" "the cache of $disk"
before="$(flushes_of "$disk")"
count=0
while [ "$count" -lt "$rounds" ]; do
  run dd if=/dev/urandom of="/dev/$disk" bs=4096 count=1 seek="$count" conv=notrunc,fsync
  count=$((count + 1))
done
raw=$(($(flushes_of "$disk") - before))
[ "$raw" -ge "$rounds" ] || fail "$rounds synced writes made only $raw flushes"

run mke2fs -q -F -t ext4 "/dev/$disk"
run mount -t ext4 "/dev/$disk" /mnt
count=0
while [ "$count" -lt "$rounds" ]; do
  run dd if=/dev/urandom of=/mnt/file bs=4096 count=1 seek="$count" conv=notrunc,fsync
  count=$((count + 1))
done
sync
run umount /mnt
all=$(($(flushes_of "$disk") - before))
[ "$all" -ge $((raw + rounds)) ] || fail "$rounds synced file writes made only $((all - raw)) flushes"
no_kernel_errors
say "flushes $all"
