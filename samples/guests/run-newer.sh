#!/usr/bin/env bash
# Starts a program of the tree beside this script (the one of this script's own name), as root, by chroot in a mount
# namespace of its own: the mounts vanish with the process, and the process that is started becomes the program itself, so
# that ending it ends all of it.
#
# TROUPE_GUEST_FOLDERS: further folders it must find under the same path (sockets, kernel, disks), colon-separated.
set -euo pipefail
folder="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
tree="$folder/tree"
program="$(basename "${BASH_SOURCE[0]}")"

if [ "${1-}" != --inside ]; then
  [ "$(id -u)" = 0 ] || { echo "$program runs by chroot and so as root only" >&2; exit 1; }
  exec unshare --mount --propagation private "$folder/$program" --inside "$@"
fi
shift

bind() {
  mkdir -p "$tree$1"
  mount --rbind "$1" "$tree$1"
}

# Mount points under /tmp come and go with it.
mount -t tmpfs tmpfs "$tree/tmp"
for part in /proc /sys /dev; do
  bind "$part"
done
# A tree seen inside itself would not end; only what lies beside it is shown.
for part in initrd.cpio initrd-fio.cpio vmlinux; do
  mkdir -p "$tree$folder"
  if [ -e "$folder/$part" ]; then
    touch "$tree$folder/$part"
    mount --bind "$folder/$part" "$tree$folder/$part"
  fi
done
IFS=: read -r -a folders <<<"${TROUPE_GUEST_FOLDERS:-}"
for part in "${folders[@]}"; do
  bind "$part"
done
exec chroot "$tree" "/usr/bin/$program" "$@"
