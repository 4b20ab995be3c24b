#!/usr/bin/env bash
# Makes a tree with the newest QEMU out of the newer one: the same files, by hard links, and in them the QEMU of the suite's
# backports. Run as root, in a mount namespace of its own:
#
#   unshare --mount --propagation private build-newest-tree.sh TREE NEWER_TREE SUITE
#
# dpkg puts new files in the place of old ones and never writes into them, so the newer tree stays as it is.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=common.sh
. "$here/common.sh"
tree="$1" newer="$2" suite="$3-backports"

[ "$(id -u)" = 0 ] || die "a Debian tree needs root"
use_apt_proxy
mirror="$(sed -n 's/^deb \([^ ]*\) .*/\1/p' "$newer/etc/apt/sources.list" | head -n 1)"
say "putting the QEMU of $suite into a copy of the newer tree"
rm -rf "$tree.new"
cp -alx "$newer" "$tree.new"
echo "deb $mirror $suite main" >"$tree.new/etc/apt/sources.list.d/backports.list"
inside() { DEBIAN_FRONTEND=noninteractive chroot "$tree.new" apt-get -qq -y -o APT::Sandbox::User=root "$@" >>"$tree.log" 2>&1; }
: >"$tree.log"
{ inside update && inside --no-install-recommends -t "$suite" install qemu-system-x86 qemu-utils; } ||
  die "cannot install QEMU from $suite; the end of $tree.log: $(tail -n 5 "$tree.log")"
rm -rf "$tree.new"/var/cache/apt/archives/*.deb "$tree"
mv "$tree.new" "$tree"
