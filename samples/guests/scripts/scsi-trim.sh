# shellcheck shell=sh
# What a file system no longer needs is given back to the host.
# DISK: which disk.
need_device_tools
need_disk "/dev/$DISK"
run mke2fs -q -F -t ext4 -E nodiscard "/dev/$DISK"
run mount -t ext4 "/dev/$DISK" /mnt
run dd if=/dev/urandom of=/mnt/file bs=1M count=32
sync
ask used
rm /mnt/file
sync
run fstrim -v /mnt
ask freed
run umount /mnt
run e2fsck -f -n "/dev/$DISK"
no_kernel_errors
say "trimmed"
