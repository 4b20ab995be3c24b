# shellcheck shell=sh
# A short walk through what the devices of the quick start do: vda can be written, vdb only read, hwrng gives random bytes.
show() {
  echo
  echo "   $*"
}
need_disk /dev/vda
show "Disks this guest sees. Each is a file on the host, served over vhost-user:"
lsblk -o NAME,SIZE,RO,LOG-SEC,VENDOR | sed 's/^/      /'

show "vda: make a file system, write a file, read it back from the disk."
run mke2fs -q -F -t ext4 /dev/vda
run mount -t ext4 /dev/vda /mnt
echo "All the world's a stage" >/mnt/line
run dd if=/dev/urandom of=/mnt/blob bs=64k count=128
sum="$(md5sum </mnt/blob)"
run umount /mnt
run mount -t ext4 /dev/vda /mnt
echo "      file says: $(cat /mnt/line)"
expect "$sum" "$(md5sum </mnt/blob)" "checksum of 8 MiB read back"
echo "      8 MiB of random data read back with the same checksum"
run umount /mnt

if [ -b /dev/vdb ]; then
  show "vdb: read-only."
  expect 1 "$(blockdev --getro /dev/vdb)" "blockdev --getro /dev/vdb"
  run dd if=/dev/vdb of=/dev/null bs=64k count=16 iflag=direct
  refused dd if=/dev/zero of=/dev/vdb bs=4096 count=1 oflag=direct
  echo "      reading works; a write was refused, as it should be"
fi

if [ -c /dev/hwrng ] && grep -q '^virtio_rng' /sys/class/misc/hw_random/rng_current; then
  show "hwrng ($(cat /sys/class/misc/hw_random/rng_current)): thirty-two random bytes."
  dd if=/dev/hwrng bs=32 count=1 iflag=fullblock 2>/dev/null | hexdump -v -e '"      " 16/1 "%02x " "\n"'
fi
no_kernel_errors
echo
