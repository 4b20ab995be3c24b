#!/usr/bin/env bash
# Packs a guest's initramfs: busybox, dash, the tools with their libraries, and the modules the virtio drivers need.
#
#   build-initramfs.sh TOOLS_TREE KERNEL_TREE KERNEL_VERSION FOLDER
#
# Writes FOLDER/initrd.cpio and FOLDER/initrd-fio.cpio: the second has fio as well, whose libraries are five times as
# large as all the rest and would make every guest start seconds later. Done only when a part is newer than what is there.
# Nothing of this host goes in: programs, libraries and the loader come from the trees unpacked by prepare.sh.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=common.sh
. "$here/common.sh"
tools="$1" kernel_tree="$2" version="$3" folder="$4"

MODULES=(virtio_pci virtio_mmio virtio_blk virtio_scsi virtio-rng qemu_fw_cfg ext4 crc32c_generic crc32c-intel loop)
PROGRAMS=(dash rngtest mke2fs e2fsck resize2fs blkdiscard lsblk blockdev fallocate)

is_current() {
  local part
  for part in "$here/init" "${BASH_SOURCE[0]}" "$tools/.done" "$kernel_tree/.done"; do
    [ "$folder/initrd-fio.cpio" -nt "$part" ] || return 1
  done
}

libraries_of() {
  "$tools/lib64/ld-linux-x86-64.so.2" --library-path \
    "$tools/usr/lib/x86_64-linux-gnu:$tools/usr/lib/x86_64-linux-gnu/ceph:$tools/usr/lib" --list "$1"
}

copy_program() {
  local found library
  found="$(find "$tools/usr/bin" "$tools/usr/sbin" -name "$1" | head -n 1)"
  [ -n "$found" ] || die "no $1 in $tools"
  cp -L "$found" "$root/usr/sbin/$1"
  for library in $(libraries_of "$found" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p'); do
    cp -Lu "$library" "$root/usr/lib/"
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

copy_modules() {
  local name path base="$kernel_tree/lib/modules/$version" target="$root/lib/modules/$version"
  mkdir -p "$target" "$root/etc/troupe"
  [ -e "$base/modules.dep.bin" ] || in_tree "$tools" depmod -b "$kernel_tree" "$version"
  for name in "${MODULES[@]}"; do
    # A name built into this kernel is answered with "builtin", one it does not know with an error: neither is loaded.
    for path in $(in_tree "$tools" modprobe -C /dev/null -d "$kernel_tree" -S "$version" --show-depends "$name" 2>/dev/null |
      sed -n 's/^insmod \([^ ]*\).*/\1/p'); do
      copy_module "$path" "$target"
      grep -qsx "$name" "$root/etc/troupe/modules" || echo "$name" >>"$root/etc/troupe/modules"
    done
  done
  cp "$base"/modules.builtin* "$base/modules.order" "$target/"
  in_tree "$tools" depmod -b "$root" "$version"
}

pack() {
  (cd "$root" && find . -print0 | sort -z | "$busybox" cpio -0 -o -H newc -R 0:0 >"$1.new" 2>/dev/null)
  mv "$1.new" "$1"
}

! is_current || exit 0
root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
busybox="$(find "$tools/usr/bin" -name busybox)"

mkdir -p "$root"/{bin,dev,proc,sys,tmp,run,mnt,etc} "$root"/usr/{sbin,bin,lib,lib64}
for part in lib lib64 sbin; do
  ln -s "usr/$part" "$root/$part"
done
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
copy_modules
install -m 755 "$here/init" "$root/init"
pack "$folder/initrd.cpio"
copy_program fio
pack "$folder/initrd-fio.cpio"
