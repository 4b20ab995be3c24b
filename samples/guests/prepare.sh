#!/usr/bin/env bash
# Gets what real guests need, once: QEMU, the distribution's own kernel package, and a small initramfs of its tools.
#
#   prepare.sh            the distribution's own QEMU and kernel ("stock"), for disks and random sources
#   prepare.sh --stock    and besides: drivers that its kernel package lacks and the kernel's test of vsock, built from its
#                         source, which is a large download
#   prepare.sh --newer    and besides: QEMU 10.0 and kernel 6.12 in a Debian 13 tree, run by chroot ("newer"; needs root)
#   prepare.sh --newest   and besides: QEMU 11 from that Debian's backports, with the same kernel ("newest")
#
# Everything is kept in ${TROUPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/troupe}/guests and made only when missing, so a
# second run is done at once. Kernels and tools are unpacked, never installed; as root, QEMU and a compiler are, where there
# are none. To begin afresh, remove that folder.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=common.sh
. "$here/common.sh"

# dash, because busybox's shell would take its own mke2fs, lsblk and so on before the real ones.
TOOL_PACKAGES=(dash busybox-static kmod e2fsprogs util-linux fio rng-tools5 xz-utils zstd
  socat i2c-tools gpiod evtest sg3-utils lsscsi)
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

# prepare_stock_kernel YES_OR_NO: sets KERNEL_TREE: the kernel of the host's own package sources, unpacked; if wanted, with
# the modules that its package lacks.
prepare_stock_kernel() {
  KERNEL_TREE="$CACHE/stock/kernel"
  [ -e "$KERNEL_TREE/.done" ] || fetch_stock_kernel
  [ "$1" = no ] || [ "$(cat "$KERNEL_TREE/.built" 2>/dev/null)" = "$BUILT" ] || build_stock_modules
}

fetch_stock_kernel() {
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
}

build_stock_modules() {
  local version source tree headers
  if ! have_compiler; then
    say "NOT BUILT: $BUILT, and so tests that need them CANNOT BE RUN: there is no compiler here, and no root to install one;" \
      "run this once as root: apt-get install gcc make libc6-dev"
    return 0
  fi
  version="$(kernel_version "$KERNEL_TREE")"
  if ! with_fresh_lists closure "linux-headers-$version" >/dev/null; then
    say "kernel $version has been superseded since it was fetched"
    fetch_stock_kernel
    version="$(kernel_version "$KERNEL_TREE")"
  fi
  source="$(source_package "$version")"
  say "building $BUILT for kernel $version from $source, a large download (a minute or so)"
  tree="$(mktemp -d "$CACHE/build.XXXXXX")"
  new_tree "$tree"
  mapfile -t headers < <(closure "linux-headers-$version" | grep -E '^linux-(headers|kbuild|compiler)-')
  with_fresh_lists fetch_into "$tree" "${headers[@]}" "$source" || die "cannot download ${headers[*]} $source with apt-get"
  # The headers know each other by where they are installed.
  sed -i "s|/usr/src/|$tree/usr/src/|" "$tree/usr/src/linux-headers-$version/Makefile"
  "$here/build-modules.sh" "$tree/usr/src/linux-headers-$version" "$tree/usr/src/$source.tar.xz" "$version" "$KERNEL_TREE" \
    >"$tree.log" 2>&1 || die "cannot build $BUILT; the end of $tree.log: $(tail -n 5 "$tree.log")"
  rm -rf "$tree" "$tree.log" "$KERNEL_TREE/lib/modules/$version"/modules.dep*
  echo "$BUILT" >"$KERNEL_TREE/.built"
}

# Whether programs can be built here, statically too; installs what is missing if it may.
have_compiler() {
  local prefix
  can_build || {
    prefix="$(root_prefix)" || return 1
    say "installing a compiler"
    # shellcheck disable=SC2086  # the prefix is two words
    with_fresh_lists $prefix env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install \
      gcc make libc6-dev xz-utils >&2
    can_build
  }
}

can_build() {
  command -v make >/dev/null && command -v xz >/dev/null &&
    echo 'int main(void) { return 0; }' | gcc -static -x c -o /dev/null - 2>/dev/null
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

# finish FLAVOUR QEMU STORAGE_DAEMON KERNEL_TREE: makes the kernel and the initramfs of a flavour.
finish() {
  local folder="$CACHE/$1" kernel version
  version="$(kernel_version "$4")"
  kernel="$4/boot/vmlinuz-$version"
  if [ ! -e "$folder/vmlinux" ] || [ "$kernel" -nt "$folder/vmlinux" ]; then
    plain_kernel "$kernel" "$folder/vmlinux" || ln -sf "$kernel" "$folder/vmlinux"
    touch "$folder/vmlinux"
  fi
  "$here/build-initramfs.sh" "$TOOLS" "$4" "$version" "$folder"
  describe "$1" "$2" "$3" "$folder" "$version"
}

# describe FLAVOUR QEMU STORAGE_DAEMON KERNEL_FOLDER KERNEL_VERSION: writes what programs read.
describe() {
  local file="$CACHE/$1/guest.properties"
  cat >"$file.new" <<END
qemu=$2
qemu-version=$("$2" --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
storage-daemon=$3
kernel=$4/vmlinux
kernel-version=$5
initrd=$4/initrd.cpio
initrd-fio=$4/initrd-fio.cpio
initrd-devices=$4/initrd-devices.cpio
END
  mv "$file.new" "$file"
  say "$1: QEMU $(sed -n 's/^qemu-version=//p' "$file"), kernel $5"
}

# install_runners FOLDER: what starts the programs of the tree in that folder.
install_runners() {
  local program
  for program in qemu-system-x86_64 qemu-storage-daemon; do
    install -m 755 "$here/run-newer.sh" "$1/$program"
  done
}

prepare_newer() {
  local folder="$CACHE/newer" prefix
  if [ "$(cat "$folder/tree/.done" 2>/dev/null)" != "$BUILT" ]; then
    prefix="$(root_prefix)" || die "a Debian 13 tree needs root (debootstrap, chroot); run: sudo $0 --newer"
    mkdir -p "$folder"
    # shellcheck disable=SC2086  # the prefix is two words
    $prefix unshare --mount --propagation private "$here/build-newer-tree.sh" "$folder/tree" "$NEWER_SUITE"
  fi
  install_runners "$folder"
  finish newer "$folder/qemu-system-x86_64" "$folder/qemu-storage-daemon" "$folder/tree"
}

# The newest QEMU runs in a tree of its own, on the newer one's kernel and initramfs.
prepare_newest() {
  local folder="$CACHE/newest" newer="$CACHE/newer" prefix
  if [ ! -e "$folder/tree/.done" ] || [ "$newer/tree/.done" -nt "$folder/tree/.done" ]; then
    prefix="$(root_prefix)" || die "a Debian 13 tree needs root (chroot); run: sudo $0 --newest"
    mkdir -p "$folder"
    # shellcheck disable=SC2086  # the prefix is two words
    $prefix unshare --mount --propagation private "$here/build-newest-tree.sh" "$folder/tree" "$newer/tree" "$NEWER_SUITE"
  fi
  install_runners "$folder"
  describe newest "$folder/qemu-system-x86_64" "$folder/qemu-storage-daemon" "$newer" "$(kernel_version "$newer/tree")"
}

main() {
  local modules=yes newer=no newest=no
  case "${1-}" in
    --newest) newer=yes newest=yes ;;
    --newer) newer=yes ;;
    --stock) ;;
    '') modules=no ;;
    --stock-only) say "NOT RUN: the tests on a newer QEMU and kernel, which need root; 'mvn verify' as root runs them" ;;
    *) die "unknown argument '$1'; there are --stock, the default, --newer and --newest" ;;
  esac
  check_host
  mkdir -p "$CACHE"
  # Two builds at a time would tread on each other; the second waits for the first and then finds everything done.
  exec 9>"$CACHE/lock"
  flock 9
  prepare_qemu
  prepare_tools
  mkdir -p "$CACHE/stock"
  prepare_stock_kernel "$modules"
  finish stock "$QEMU" "$STORAGE_DAEMON" "$KERNEL_TREE"
  if [ "$newer" = yes ]; then
    prepare_newer
  fi
  if [ "$newest" = yes ]; then
    prepare_newest
  fi
}

main "$@"
