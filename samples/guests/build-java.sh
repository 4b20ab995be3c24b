#!/usr/bin/env bash
# Makes a disk image with a Java runtime and classes, for guests to run Java from: read-only ext4, made without root.
#
#   build-java.sh JAVA_HOME CLASS_PATH IMAGE
#
# The runtime is the JDK's own, linked with what programs on a server need, and kept for the next time. In the image it is the
# folder runtime; classes holds what stands on CLASS_PATH, one archive for each part of it, in that order by name; lib holds the
# parts of the C library that a guest's tools do without.
# Needs the tools that prepare.sh fetches.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=common.sh
. "$here/common.sh"
java_home="$1" class_path="$2" image="$3"

MODULES=java.se,jdk.unsupported,jdk.zipfs
runtime="$CACHE/java"

# Two at a time would tread on each other; the second waits for the first and then finds the runtime there.
exec 9>"$CACHE/java.lock"
flock 9
if ! cmp -s "$java_home/release" "$runtime/.made-of"; then
  say "linking a Java runtime for guests"
  rm -rf "$runtime" "$runtime.new"
  # With an archive of the runtime's own classes, without which an emulated CPU takes seconds more to start.
  "$java_home/bin/jlink" --add-modules "$MODULES" --strip-debug --no-header-files --no-man-pages --generate-cds-archive \
    --output "$runtime.new" >&2
  cp "$java_home/release" "$runtime.new/.made-of"
  mv "$runtime.new" "$runtime"
fi
flock -u 9

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp -a "$runtime" "$work/runtime"
mkdir "$work/classes" "$work/lib"
for library in libdl.so.2 libm.so.6 libpthread.so.0 librt.so.1; do
  cp -L "$CACHE/tools/usr/lib/x86_64-linux-gnu/$library" "$work/lib/"
done
IFS=: read -r -a parts <<<"$class_path"
for i in "${!parts[@]}"; do
  archive="$work/classes/$(printf %03d "$i").jar"
  if [ -d "${parts[$i]}" ]; then
    "$java_home/bin/jar" --create --no-compress --file "$archive" -C "${parts[$i]}" .
  elif [ -e "${parts[$i]}" ]; then
    cp "${parts[$i]}" "$archive"
  fi
done
kib="$(du -sk "$work" | cut -f 1)"
rm -f "$image"
in_tree "$CACHE/tools" mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$work" "$image" "$((kib * 11 / 10 + 8192))k" >&2
