#!/usr/bin/env bash
# Gets what real guests need, once: QEMU, the distribution's own kernel package, and a small initramfs of its tools.
#
#   prepare.sh            the distribution's own QEMU and kernel ("stock")
#   prepare.sh --newer    and besides: QEMU 10.0 and kernel 6.12 in a Debian 13 tree, run by chroot ("newer"; needs root)
#
# Everything is kept in ${TROUPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/troupe}/guests and made only when missing, so a
# second run is done at once. The kernel is unpacked, never installed. To begin afresh, remove that folder.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=common.sh
. "$here/common.sh"

# dash, because busybox's shell would take its own mke2fs, lsblk and so on before the real ones.
TOOL_PACKAGES=(dash busybox-static kmod e2fsprogs util-linux fio rng-tools5 xz-utils zstd)
NEWER_SUITE=trixie

check_host() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    die "this script takes its parts from Debian or Ubuntu packages and found no apt-get; run it there or in a container"
  fi
  ARCH="$(dpkg --print-architecture)"
  # An arm64 host would want qemu-system-arm, linux-image-arm64, -M virt and ttyAMA0: not done yet.
  [ "$ARCH" = amd64 ] || die "guests are prepared for amd64 hosts only so far; this one is $ARCH"
}

# Sets QEMU to the program's path: what is there, else installed, else unpacked beside its libraries.
prepare_qemu() {
  local prefix
  if ! command -v qemu-system-x86_64 >/dev/null && prefix="$(root_prefix)"; then
    say "installing QEMU"
    # shellcheck disable=SC2086  # the prefix is two words
    with_fresh_lists $prefix env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install \
      qemu-system-x86 qemu-utils >&2
  fi
  if command -v qemu-system-x86_64 >/dev/null; then
    QEMU="$(command -v qemu-system-x86_64)"
  else
    unpack_qemu
    QEMU="$CACHE/qemu/qemu-system-x86_64"
  fi
  "$QEMU" --version >/dev/null || die "QEMU is there but does not start; try: sudo apt-get install qemu-system-x86 qemu-utils"
  if [ -x "$CACHE/qemu/qemu-storage-daemon" ]; then
    STORAGE_DAEMON="$CACHE/qemu/qemu-storage-daemon"
  else
    STORAGE_DAEMON="$(command -v qemu-storage-daemon || true)"
  fi
}

# Without root: QEMU's packages and all their libraries unpacked into the cache, started through their own loader.
unpack_qemu() {
  [ ! -x "$CACHE/qemu/qemu-system-x86_64" ] || return 0
  local tree="$CACHE/qemu/tree" packages program
  say "no root here: unpacking QEMU into $tree"
  rm -rf "$CACHE/qemu"
  new_tree "$tree"
  mapfile -t packages < <(with_fresh_lists closure qemu-system-x86 qemu-utils)
  with_fresh_lists fetch_into "$tree" "${packages[@]}" ||
    die "cannot download QEMU; run this once as root: apt-get install qemu-system-x86 qemu-utils"
  for program in qemu-system-x86_64 qemu-storage-daemon; do
    cat >"$CACHE/qemu/$program" <<END
#!/bin/sh
export QEMU_MODULE_DIR='$tree/usr/lib/x86_64-linux-gnu/qemu'
exec '$tree/lib64/ld-linux-x86-64.so.2' --library-path '$tree/usr/lib/x86_64-linux-gnu' '$tree/usr/bin/$program' \\
  $([ "$program" = qemu-storage-daemon ] || echo "-L '$tree/usr/share/qemu' -L '$tree/usr/share/seabios'") "\$@"
END
    chmod +x "$CACHE/qemu/$program"
  done
}

# The tools a guest runs, with their libraries, in a tree of their own, whatever this host has installed.
prepare_tools() {
  TOOLS="$CACHE/tools"
  [ "$(cat "$TOOLS/.done" 2>/dev/null)" != "${TOOL_PACKAGES[*]}" ] || return 0
  say "fetching the guest's tools: ${TOOL_PACKAGES[*]}"
  rm -rf "$TOOLS"
  new_tree "$TOOLS"
  local all wanted
  all="$(with_fresh_lists closure "${TOOL_PACKAGES[@]}")"
  mapfile -t wanted < <(printf '%s\n' "${TOOL_PACKAGES[@]}" &&
    grep -E '^(lib|zlib1g)' <<<"$all" | grep -vE '^lib(perl|python|pam|gdbm|semanage)')
  with_fresh_lists fetch_into "$TOOLS" "${wanted[@]}" || die "cannot download the guest's tools with apt-get"
  echo "${TOOL_PACKAGES[*]}" >"$TOOLS/.done"
}

# The versioned package that Debian's linux-image-amd64 or Ubuntu's linux-image-generic stands for today.
real_kernel() {
  local meta package
  for meta in linux-image-amd64 linux-image-generic; do
    package="$(apt apt-cache depends --important "$meta" 2>/dev/null |
      sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)" || true
    if [ -n "$package" ]; then
      echo "$package"
      return 0
    fi
  done
  return 1
}

# Sets KERNEL_TREE: the kernel of the host's own package sources, unpacked.
prepare_stock_kernel() {
  KERNEL_TREE="$CACHE/stock/kernel"
  if [ ! -e "$KERNEL_TREE/.done" ]; then
    local package packages
    package="$(with_fresh_lists real_kernel)" ||
      die "apt knows no kernel package (asked for linux-image-amd64 and linux-image-generic)"
    packages=("$package")
    # Ubuntu keeps the modules in a package of their own.
    [[ "$package" != *-generic ]] || packages+=("${package/linux-image/linux-modules}")
    say "fetching the kernel: ${packages[*]}"
    rm -rf "$KERNEL_TREE"
    new_tree "$KERNEL_TREE"
    with_fresh_lists fetch_into "$KERNEL_TREE" "${packages[@]}" || die "cannot download ${packages[*]} with apt-get"
    touch "$KERNEL_TREE/.done"
  fi
}

# plain_kernel VMLINUZ OUTPUT: takes the ELF kernel out of its compressed image, where it stands as "payload" in the x86
# boot protocol's header. The same kernel; but an emulated CPU needs four seconds to decompress it at every start.
plain_kernel() {
  local at bytes unpack=()
  field() { od -An -t "u$2" -j "$(($1))" -N "$2" "$vmlinuz" | tr -d ' '; }
  local vmlinuz="$1"
  at=$((($(field 0x1f1 1) + 1) * 512 + $(field 0x248 4)))
  bytes="$(field 0x24c 4)"
  case "$(od -An -t x1 -j "$at" -N 4 "$1" | tr -d ' ')" in
    fd377a58) unpack=(in_tree "$TOOLS" xz -dc --single-stream) ;;
    28b52ffd) unpack=(in_tree "$TOOLS" zstd -qdc) ;;
    1f8b*) unpack=(gzip -dc) ;;
    *) return 1 ;;
  esac
  # The payload ends with its plain length, which the decompressors take for rubbish: only the result counts.
  tail -c "+$((at + 1))" "$1" | head -c "$bytes" | "${unpack[@]}" >"$2.new" 2>/dev/null || true
  [ "$(head -c 4 "$2.new" | tail -c 3)" = ELF ] && mv "$2.new" "$2"
}

# finish FLAVOUR QEMU STORAGE_DAEMON KERNEL_TREE: builds the initramfs and writes what the programs read.
finish() {
  local folder="$CACHE/$1" kernel version
  kernel="$(find "$4/boot" -name 'vmlinuz-*' | sort -V | tail -n 1)"
  version="${kernel##*/vmlinuz-}"
  if [ ! -e "$folder/vmlinux" ] || [ "$kernel" -nt "$folder/vmlinux" ]; then
    plain_kernel "$kernel" "$folder/vmlinux" || ln -sf "$kernel" "$folder/vmlinux"
    touch "$folder/vmlinux"
  fi
  "$here/build-initramfs.sh" "$TOOLS" "$4" "$version" "$folder"
  cat >"$folder/guest.properties.new" <<END
qemu=$2
qemu-version=$("$2" --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
storage-daemon=$3
kernel=$folder/vmlinux
kernel-version=$version
initrd=$folder/initrd.cpio
initrd-fio=$folder/initrd-fio.cpio
END
  mv "$folder/guest.properties.new" "$folder/guest.properties"
  say "$1: QEMU $(sed -n 's/^qemu-version=//p' "$folder/guest.properties"), kernel $version"
}

prepare_newer() {
  local tree="$CACHE/newer/tree" prefix
  if [ ! -e "$tree/.done" ]; then
    prefix="$(root_prefix)" || die "a Debian 13 tree needs root (debootstrap, chroot); run: sudo $0 --newer"
    mkdir -p "$CACHE/newer"
    # shellcheck disable=SC2086  # the prefix is two words
    $prefix unshare --mount --propagation private "$here/build-newer-tree.sh" "$tree" "$NEWER_SUITE"
  fi
  install -m 755 "$here/run-newer.sh" "$CACHE/newer/qemu-system-x86_64"
  install -m 755 "$here/run-newer.sh" "$CACHE/newer/qemu-storage-daemon"
  finish newer "$CACHE/newer/qemu-system-x86_64" "$CACHE/newer/qemu-storage-daemon" "$tree"
}

main() {
  local newer=no
  case "${1-}" in
    --newer) newer=yes ;;
    --stock | '') ;;
    --stock-only) say "NOT RUN: the tests on a newer QEMU and kernel, which need root; 'mvn verify' as root runs them" ;;
    *) die "unknown argument '$1'; there are --stock, the default, and --newer" ;;
  esac
  check_host
  mkdir -p "$CACHE"
  # Two builds at a time would tread on each other; the second waits for the first and then finds everything done.
  exec 9>"$CACHE/lock"
  flock 9
  prepare_qemu
  prepare_tools
  mkdir -p "$CACHE/stock"
  prepare_stock_kernel
  finish stock "$QEMU" "$STORAGE_DAEMON" "$KERNEL_TREE"
  if [ "$newer" = yes ]; then
    prepare_newer
  fi
}

main "$@"
