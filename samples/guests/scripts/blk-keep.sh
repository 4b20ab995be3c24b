# shellcheck shell=sh
# Files on a new file system, made durable by a sync; says so, and then writes on without end, until somebody kills the
# machine. blk-kept, in the next machine, finds out what is left. DISK (vda): which disk. FILES (8): how many to keep.
disk="${DISK:-vda}"
need_disk "/dev/$disk"
run mke2fs -q -F -t ext4 "/dev/$disk"
run mount -t ext4 "/dev/$disk" /mnt
mkdir /mnt/kept /mnt/more
count=0
while [ "$count" -lt "${FILES:-8}" ]; do
  run dd if=/dev/urandom "of=/mnt/kept/file$count" bs=64k count=$((1 + count * 3))
  count=$((count + 1))
done
(cd /mnt/kept && find . -type f -exec md5sum {} +) >/run/sums
cp /run/sums /mnt/sums
sync
say "kept $count files"
while :; do
  for number in 1 2 3 4; do
    run dd if=/dev/urandom "of=/mnt/more/$number" bs=64k count=32 conv=fsync
    rm "/mnt/more/$number"
  done
done
