# shellcheck shell=sh
# A file system on vda keeps what is put into it: made, filled, unmounted, checked, mounted again, compared.
# FILES (24): how many files; sizes go from 1 KiB to 2 MiB. QUEUES (unset): how many queues the disk must have.
# DISK (vda): which disk.
disk="${DISK:-vda}"
need_disk "/dev/$disk"
say "$disk has $(blockdev --getsz "/dev/$disk") sectors of 512 bytes, logical block $(blockdev --getss "/dev/$disk")"
queues="$(find "/sys/block/$disk/mq" -mindepth 1 -maxdepth 1 | wc -l)"
say "$disk has $queues queues"
expect "${QUEUES:-$queues}" "$queues" "queues of $disk"

run mke2fs -q -F -t ext4 "/dev/$disk"
run mount -t ext4 "/dev/$disk" /mnt
count=0
while [ "$count" -lt "${FILES:-24}" ]; do
  mkdir -p "/mnt/folder$((count % 4))"
  dd if=/dev/urandom "of=/mnt/folder$((count % 4))/file$count" bs=1024 count=$((1 << (count % 12))) 2>/dev/null
  count=$((count + 1))
done
(cd /mnt && find . -type f -exec md5sum {} +) >/run/sums
say "wrote $(wc -l </run/sums) files, $(du -sk /mnt | cut -f 1) KiB"
run umount /mnt
run e2fsck -f -n "/dev/$disk"

echo 3 >/proc/sys/vm/drop_caches
run mount -t ext4 "/dev/$disk" /mnt
(cd /mnt && run md5sum -c /run/sums)
rm -r /mnt/folder1
sync
run umount /mnt
run e2fsck -f -n "/dev/$disk"
no_kernel_errors
say "all files read back as written"
