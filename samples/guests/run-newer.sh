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
# The tree lies in a folder of what it needs, and a tree seen inside itself would not end; so files are shown one by one.
if [ -e "$folder/guest.properties" ]; then
  sed -n -E 's/^(kernel|initrd[a-z-]*)=//p' "$folder/guest.properties" | while read -r file; do
    mkdir -p "$tree${file%/*}"
    touch "$tree$file"
    mount --bind "$file" "$tree$file"
  done
fi
IFS=: read -r -a folders <<<"${TROUPE_GUEST_FOLDERS:-}"
for part in "${folders[@]}"; do
  bind "$part"
done
exec chroot "$tree" "/usr/bin/$program" "$@"
