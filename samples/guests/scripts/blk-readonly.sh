# shellcheck shell=sh
# DISK (vda) says it is read-only, can be read, and refuses to be written; the kernel cannot be talked out of it.
disk="/dev/${DISK:-vda}"
need_disk "$disk"
expect 1 "$(blockdev --getro "$disk")" "blockdev --getro $disk"
run dd if="$disk" of=/run/before bs=4096 count=16 iflag=direct
refused dd if=/dev/zero of="$disk" bs=4096 count=1 oflag=direct
refused blkdiscard "$disk"
refused mke2fs -q -F -t ext4 "$disk"
run dd if="$disk" of=/run/after bs=4096 count=16 iflag=direct
run cmp /run/before /run/after
say "$disk is read-only: reads work, writes, discards and mke2fs are refused"
