#!/usr/bin/env bash
# Packs a guest's initramfs: busybox, dash, the tools with their libraries, and the modules the virtio drivers need.
#
#   build-initramfs.sh TOOLS_TREE KERNEL_TREE KERNEL_VERSION FOLDER
#
# Writes into FOLDER, when what is there was made in another way or from older parts:
#
#   initrd.cpio           what every guest has
#   initrd-fio.cpio       the same and fio, whose libraries are five times as large as all the rest
#   initrd-devices.cpio   only what has to be added for tests of other devices than disks: tools and modules. Linux unpacks
#                         archives that stand one after the other in one file, so it goes behind either of the two.
#
# Nothing of this host goes in: programs, libraries and the loader come from the trees unpacked by prepare.sh.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=common.sh
. "$here/common.sh"
tools="$1" kernel_tree="$2" version="$3" folder="$4"

# Loaded when the guest starts.
MODULES=(virtio_pci virtio_mmio virtio_blk virtio_scsi virtio-rng qemu_fw_cfg ext4 crc32c_generic crc32c-intel loop)
DEVICE_MODULES=(vmw_vsock_virtio_transport virtio_net virtio_console virtio_input evdev sd_mod sr_mod sg
  gpio-virtio i2c-virtio i2c-dev)
# There for scripts to load: what stands behind or beside a device.
SPARE_MODULES=(isofs uinput i2c-stub i2c-i801 at24 lm75 gpio-sim)

PROGRAMS=(dash rngtest mke2fs e2fsck resize2fs blkdiscard lsblk blockdev fallocate)
DEVICE_PROGRAMS=(socat fstrim agetty evtest lsscsi
  i2cdetect i2cdump i2cget i2cset i2ctransfer
  gpiodetect gpiofind gpioget gpioinfo gpiomon gpioset
  sg_get_lba_status sg_inq sg_luns sg_modes sg_opcodes sg_persist sg_raw sg_readcap sg_requests sg_reset sg_sync sg_turs
  sg_unmap sg_verify sg_vpd sg_write_same)

# How the archives are made, whenever these files were written: FOLDER may be shared by several versions of this script.
recipe() { cat "$here/init" "${BASH_SOURCE[0]}" | cksum; }

is_current() {
  local part last="$folder/initrd-devices.cpio"
  [ "$(cat "$folder/initrd.recipe" 2>/dev/null)" = "$(recipe)" ] && [ ! "$last" -nt "$folder/initrd.recipe" ] || return 1
  for part in "$tools/.done" "$kernel_tree/.done" "$kernel_tree/.built"; do
    [ ! -e "$part" ] || [ "$last" -nt "$part" ] || return 1
  done
}

# new_root FOLDER: what is packed next.
new_root() {
  root="$1"
  mkdir -p "$root"/{bin,dev,proc,sys,tmp,run,mnt,etc/troupe} "$root"/usr/{sbin,bin,lib,lib64}
  local part
  for part in lib lib64 sbin; do
    ln -s "usr/$part" "$root/$part"
  done
}

libraries_of() {
  "$tools/lib64/ld-linux-x86-64.so.2" --library-path \
    "$tools/usr/lib/x86_64-linux-gnu:$tools/usr/lib/x86_64-linux-gnu/ceph:$tools/usr/lib" --list "$1"
}

# copy_program NAME: with those of its libraries that no guest has otherwise.
copy_program() {
  local found library
  found="$(find "$tools/usr/bin" "$tools/usr/sbin" -name "$1" | head -n 1)"
  [ -n "$found" ] || die "no $1 in $tools"
  cp -L "$found" "$root/usr/sbin/$1"
  for library in $(libraries_of "$found" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p'); do
    [ -e "$base/usr/lib/${library##*/}" ] || cp -L "$library" "$root/usr/lib/"
  done
}

copy_module() {
  local plain
  plain="$2/$(basename "$1" | sed -E 's/\.(xz|zst|gz)$//')"
  case "$1" in
    *.xz) in_tree "$tools" xz -dc "$1" >"$plain" ;;
    *.zst) in_tree "$tools" zstd -qdc "$1" >"$plain" ;;
    *.gz) gzip -dc "$1" >"$plain" ;;
    *) cp "$1" "$plain" ;;
  esac
}

# copy_modules NAME…: with all they need; says which of them this kernel has as modules. A name that is built into it is
# answered with "builtin", one it does not know with an error.
copy_modules() {
  local name path target="$root/lib/modules/$version"
  mkdir -p "$target"
  [ -e "$kernel_tree/lib/modules/$version/modules.dep.bin" ] || in_tree "$tools" depmod -b "$kernel_tree" "$version"
  for name in "$@"; do
    for path in $(in_tree "$tools" modprobe -C /dev/null -d "$kernel_tree" -S "$version" --show-depends "$name" 2>/dev/null |
      sed -n 's/^insmod \([^ ]*\).*/\1/p'); do
      copy_module "$path" "$target"
    done
    [ -z "${path:-}" ] || echo "$name"
    path=""
  done
}

index_modules() {
  local from="$kernel_tree/lib/modules/$version"
  cp "$from"/modules.builtin* "$from/modules.order" "$root/lib/modules/$version/"
  in_tree "$tools" depmod -b "$root" "$version"
}

pack() {
  (cd "$root" && find . -print0 | sort -z | "$busybox" cpio -0 -o -H newc -R 0:0 2>/dev/null)
}

! is_current || exit 0
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
busybox="$(find "$tools/usr/bin" -name busybox)"

base="$work/base"
new_root "$base"
cp "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list | grep -vxE 'busybox|sh|ash'); do
  ln -s busybox "$root/bin/$applet"
done
cp -L "$tools/lib64/ld-linux-x86-64.so.2" "$root/usr/lib64/"
for program in "${PROGRAMS[@]}"; do
  copy_program "$program"
done
ln -s /usr/sbin/dash "$root/bin/sh"
ln -s /proc/self/mounts "$root/etc/mtab"
copy_modules "${MODULES[@]}" >"$root/etc/troupe/modules"
index_modules
install -m 755 "$here/init" "$root/init"
pack >"$folder/initrd.cpio.new"

new_root "$work/fio"
copy_program fio
{ cat "$folder/initrd.cpio.new" && pack; } >"$folder/initrd-fio.cpio.new"

# The index has to hold all modules, so those that every guest has are in here too.
new_root "$work/devices"
for program in "${DEVICE_PROGRAMS[@]}" kmod; do
  copy_program "$program"
done
for name in modprobe rmmod lsmod modinfo; do
  ln -s kmod "$root/usr/sbin/$name"
done
[ ! -e "$kernel_tree/usr/bin/vsock_test" ] || cp "$kernel_tree/usr/bin/vsock_test" "$root/usr/sbin/"
copy_modules "${MODULES[@]}" "${DEVICE_MODULES[@]}" >"$root/etc/troupe/modules"
copy_modules "${SPARE_MODULES[@]}" >/dev/null
index_modules
pack >"$folder/initrd-devices.cpio.new"

for archive in initrd initrd-fio initrd-devices; do
  mv "$folder/$archive.cpio.new" "$folder/$archive.cpio"
done
recipe >"$folder/initrd.recipe"
