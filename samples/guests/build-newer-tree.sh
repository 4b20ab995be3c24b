#!/usr/bin/env bash
# Builds a Debian tree with a newer QEMU, its kernel and the modules that are missing from that. Run as root, in a mount
# namespace of its own:
#
#   unshare --mount --propagation private build-newer-tree.sh TREE SUITE
#
# so that nothing debootstrap mounts outlives it. TREE appears only when it is complete.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=common.sh
. "$here/common.sh"
tree="$1" suite="$2"

[ "$(id -u)" = 0 ] || die "a Debian tree needs root"
# The packages come from where this system takes its own, if that is Debian.
# shellcheck disable=SC2016  # apt fills REPO_URI in
mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
  grep -v security | head -n 1 || true)"
mirror="${mirror:-http://deb.debian.org/debian}"
use_apt_proxy

if ! command -v debootstrap >/dev/null; then
  with_fresh_lists apt-get -q -y --no-install-recommends install debootstrap >&2
fi
[ -e "/usr/share/debootstrap/scripts/$suite" ] || die "this debootstrap does not know $suite; a newer one is needed"
if [ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
  with_fresh_lists apt-get -q -y --no-install-recommends install debian-archive-keyring >&2
fi

say "building a Debian $suite tree with its QEMU from $mirror (a minute or so)"
rm -rf "$tree.new" "$tree.build"
debootstrap --variant=minbase --include=qemu-system-x86,qemu-utils --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  "$suite" "$tree.new" "$mirror" >"$tree.log" 2>&1 || die "debootstrap failed; the end of $tree.log: $(tail -n 5 "$tree.log")"

package="$(chroot "$tree.new" apt-cache depends --important linux-image-amd64 |
  sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)"
chroot "$tree.new" sh -c "cd /root && apt-get -qq -o APT::Sandbox::User=root download $package" >&2 ||
  die "cannot download $package inside the tree"
unpack "$tree.new/root/$package"_*.deb "$tree.new"
rm -rf "$tree.new/root/$package"_*.deb "$tree.new"/var/cache/apt/archives/*.deb

# The compiler, the headers and the source go into a copy of links, which is thrown away: what dpkg replaces in it stays as
# it was in the tree itself. Headers and source are only unpacked, for they would have the kernel installed.
version="$(kernel_version "$tree.new")"
source="$(source_package "$version")"
say "building $BUILT for kernel $version from $source, a large download (another minute)"
cp -alx "$tree.new" "$tree.build"
cp "$here/build-modules.sh" "$tree.build/root/"
chroot "$tree.build" sh -e >>"$tree.log" 2>&1 <<END ||
export DEBIAN_FRONTEND=noninteractive
alias get='apt-get -qq -y --no-install-recommends -o APT::Sandbox::User=root'
get install gcc make libc6-dev xz-utils
cd /root
get download $source \
  \$(get --print-uris install linux-headers-$version | sed -n -E 's/^[^ ]* (linux-(headers|kbuild)-[^_]*)_.*/\1/p')
END
  die "cannot get what builds modules; the end of $tree.log: $(tail -n 5 "$tree.log")"
for deb in "$tree.build"/root/*.deb; do
  unpack "$deb" "$tree.build"
done
chroot "$tree.build" /root/build-modules.sh \
  "/usr/src/linux-headers-$version" "/usr/src/$source.tar.xz" "$version" /root/built >>"$tree.log" 2>&1 ||
  die "cannot build $BUILT; the end of $tree.log: $(tail -n 5 "$tree.log")"
cp -r "$tree.build/root/built/." "$tree.new/"
rm -rf "$tree.build"
echo "$BUILT" >"$tree.new/.done"
rm -rf "$tree"
mv "$tree.new" "$tree"
