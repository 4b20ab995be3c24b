# shellcheck shell=sh
# A unit comes, is used, grows, and goes; the kernel hears of each by itself.
# PLACE: target and LUN, such as 0:9.
need_device_tools
block() { ls /sys/class/scsi_device/*:0:"$PLACE"/device/block 2>/dev/null; }
here() { [ -n "$(block)" ]; }
gone() { ! here; }
gone || fail "there is a unit at $PLACE already"
ask add
until_true 30 here || fail "no unit came to $PLACE"
disk="$(block)"
need_disk "/dev/$disk"
before="$(blockdev --getsize64 "/dev/$disk")"
say "came with $before bytes"
run mke2fs -q -F -t ext4 "/dev/$disk"
run mount -t ext4 "/dev/$disk" /mnt
run dd if=/dev/urandom of=/mnt/file bs=64k count=16
sync
run fstrim /mnt
ask resize
grown() { [ "$(blockdev --getsize64 "/dev/$disk")" != "$before" ]; }
until_true 30 grown || fail "the size is still $before bytes"
say "grew to $(blockdev --getsize64 "/dev/$disk") bytes"
run umount /mnt
no_kernel_errors
ask remove
until_true 30 gone || fail "the unit is still at $PLACE"
say "went"
