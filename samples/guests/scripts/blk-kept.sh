# shellcheck shell=sh
# What blk-keep made durable in an earlier machine is there, and the file system needs nothing but its journal.
# DISK (vda): which disk.
disk="${DISK:-vda}"
need_disk "/dev/$disk"
run mount -t ext4 "/dev/$disk" /mnt
(cd /mnt/kept && run md5sum -c /mnt/sums)
say "kept $(wc -l </mnt/sums) files"
run umount /mnt
run e2fsck -f -n "/dev/$disk"
no_kernel_errors
