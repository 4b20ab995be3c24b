# shellcheck shell=sh
# The host changes the size of vda while a file system on it is mounted; the guest sees it without being told, and grows
# the file system into it. Says the sizes in bytes.
need_disk /dev/vda
size() { blockdev --getsize64 /dev/vda; }
before="$(size)"
run mke2fs -q -F -t ext4 /dev/vda
run mount -t ext4 /dev/vda /mnt
echo kept >/mnt/kept
say "size $before"
ask resize
grown() { [ "$(size)" != "$before" ]; }
until_true 30 grown || fail "the size of vda is still $before bytes"
after="$(size)"
say "size $after"
if [ "$after" -gt "$before" ]; then
  run resize2fs /dev/vda
  sync
  expect kept "$(cat /mnt/kept)" "the file written before"
  run dd if=/dev/urandom of=/dev/vda bs=4096 count=1 seek=$((after / 4096 - 1)) conv=notrunc,fsync
fi
run umount /mnt
no_kernel_errors
