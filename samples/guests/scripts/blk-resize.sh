# shellcheck shell=sh
# The host changes the size of vda while a file system on it is mounted; the guest sees it without being told, and grows
# the file system into it. Says the sizes in bytes.
# DISK (vda): which disk.
disk="${DISK:-vda}"
need_disk "/dev/$disk"
size() { blockdev --getsize64 "/dev/$disk"; }
before="$(size)"
run mke2fs -q -F -t ext4 "/dev/$disk"
run mount -t ext4 "/dev/$disk" /mnt
echo kept >/mnt/kept
say "size $before"
ask resize
grown() { [ "$(size)" != "$before" ]; }
until_true 30 grown || fail "the size of $disk is still $before bytes"
after="$(size)"
say "size $after"
if [ "$after" -gt "$before" ]; then
  run resize2fs "/dev/$disk"
  sync
  expect kept "$(cat /mnt/kept)" "the file written before"
  run dd if=/dev/urandom of="/dev/$disk" bs=4096 count=1 seek=$((after / 4096 - 1)) conv=notrunc,fsync
fi
run umount /mnt
no_kernel_errors
