# shellcheck shell=sh
# A disc is mounted and read, cannot be written, is locked while it is mounted, and gives way to another.
# DRIVE (sr0): which drive.
need_device_tools
need_module isofs
drive="/dev/${DRIVE:-sr0}"
need_disk "$drive"
read_disc() {
  run mount -t iso9660 -o ro "$drive" /mnt
  say "reads $(cat /mnt/readme.txt)"
}
# Not while it is mounted: Linux unlocks a drive that somebody could not open for writing.
refused dd if=/dev/zero of="$drive" bs=2048 count=1 conv=notrunc
read_disc
refused touch /mnt/other
run sg_raw -r 36 "$drive" 12 00 00 00 24 00
run sg_raw -r 20 "$drive" 43 00 00 00 00 00 00 00 14 00
run sg_raw -r 8 "$drive" 46 00 00 00 00 00 00 00 08 00
ask eject-refused
run umount /mnt
ask change
read_disc
run umount /mnt
say "was changed"
