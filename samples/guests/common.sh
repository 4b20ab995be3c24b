# shellcheck shell=bash
# What prepare.sh and boot.sh share: where things are kept, how packages are fetched. Sourced, never run.

CACHE="${TROUPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/troupe}/guests"

# What build-modules.sh makes. A tree that was built with another list is built anew.
# shellcheck disable=SC2034  # those that source this use it
BUILT="gpio-virtio i2c-virtio gpio-sim vsock_test"

say() { printf 'guests: %s\n' "$*" >&2; }

die() {
  printf '\nguests: CANNOT GO ON: %s\n\n' "$*" >&2
  exit 1
}

# The prefix that makes a command run as root: empty for root, sudo where it needs no password, else failure.
root_prefix() {
  if [ "$(id -u)" = 0 ]; then
    return 0
  elif sudo -n true 2>/dev/null; then
    echo 'sudo -n'
  else
    return 1
  fi
}

# apt-get on the system's own sources. An unprivileged user gets package lists of its own once they had to be renewed.
apt() {
  local options=(-o "APT::Sandbox::User=$(id -un)")
  if [ -d "$CACHE/apt/state/lists" ]; then
    options+=(-o "Dir::State=$CACHE/apt/state" -o "Dir::Cache=$CACHE/apt/cache" -o Dir::State::status=/var/lib/dpkg/status)
  fi
  "$@" "${options[@]}"
}

# For programs that ask apt for nothing, such as debootstrap, and for an apt inside a tree.
use_apt_proxy() {
  local proxy=""
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  if [ -n "$proxy" ]; then
    export http_proxy="$proxy"
  fi
}

renew_package_lists() {
  local prefix
  say "renewing the package lists"
  if prefix="$(root_prefix)"; then
    # shellcheck disable=SC2086  # the prefix is two words
    $prefix apt-get -q update >&2
  else
    mkdir -p "$CACHE/apt/state/lists/partial" "$CACHE/apt/cache/archives/partial"
    apt apt-get update >&2
  fi
}

# in_tree TREE PROGRAM ARGUMENT…: runs a program of an unpacked tree on the tree's own libraries, under its own name.
in_tree() {
  local tree="$1" program="$2" at
  shift 2
  at="$(find "$tree/usr/bin" "$tree/usr/sbin" -name "$program" | head -n 1)"
  [ -n "$at" ] || { say "no $program in $tree"; return 127; }
  # An absolute link means a place in the tree; kmod, for one, acts by the name of the link it is called by.
  case "$(readlink "$at")" in
    /*) at="$tree$(readlink "$at")" ;;
  esac
  "$tree/lib64/ld-linux-x86-64.so.2" --argv0 "$program" \
    --library-path "$tree/usr/lib/x86_64-linux-gnu:$tree/usr/lib/x86_64-linux-gnu/ceph:$tree/usr/lib" "$at" "$@"
}

# with_fresh_lists COMMAND…: runs it, and once more after renewing the package lists if it failed.
with_fresh_lists() {
  "$@" || { renew_package_lists && "$@"; }
}

# unpack DEB TREE: what dpkg -x does, but into a tree whose /bin, /sbin and /lib are links into /usr.
unpack() {
  dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink --no-same-owner -C "$2"
}

new_tree() {
  mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib" "$1/usr/lib64"
  local part
  for part in bin sbin lib lib64; do
    ln -sfn "usr/$part" "$1/$part"
  done
}

# closure PACKAGE…: the names of these packages and of all they depend on, as if nothing were installed.
closure() {
  local empty status=0
  empty="$(mktemp -d)"
  mkdir "$empty/partial"
  apt apt-get -o Dir::State::status=/dev/null -o Debug::NoLocking=1 -o "Dir::Cache::archives=$empty" -qq -y \
    --print-uris --no-install-recommends install "$@" >"$empty/uris" || status=$?
  awk '{ sub(/_.*/, "", $2); print $2 }' "$empty/uris"
  rm -rf "$empty"
  return "$status"
}

# kernel_version TREE: the release of the kernel that was unpacked there.
kernel_version() {
  find "$1/boot" -name 'vmlinuz-*' | sed 's/.*vmlinuz-//' | sort -V | tail -n 1
}

# source_package VERSION: Debian's name for the source of this kernel.
source_package() { sed -E 's/^([0-9]+\.[0-9]+).*/linux-source-\1/' <<<"$1"; }

# fetch_into TREE PACKAGE…: downloads these packages and unpacks them; nothing is installed.
fetch_into() {
  local tree="$1" debs deb
  shift
  debs="$(mktemp -d "$CACHE/debs.XXXXXX")"
  (cd "$debs" && apt apt-get -qq download "$@" >&2) || { rm -rf "$debs"; return 1; }
  for deb in "$debs"/*.deb; do
    unpack "$deb" "$tree"
  done
  rm -rf "$debs"
}
