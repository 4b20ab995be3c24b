#!/usr/bin/env bash
# The quick start: builds Troupe, starts one daemon with two disks and a source of random bytes, boots a small guest with
# all of them attached and shows it using them.
#
#   samples/quickstart/run.sh               everything, then the daemon is stopped again
#   samples/quickstart/run.sh --stay        the daemon goes on afterwards, until Ctrl-C
#   samples/quickstart/run.sh --no-build    with what was built last time
#
# Needs a JDK 25 and Maven. QEMU and the guest's parts are fetched when they are missing; where they cannot be had, the
# daemon is started all the same and the commands that connect a virtual machine are shown.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
troupe="$root/runtime/target/troupe/bin/troupe"
build=yes stay=""

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

for argument in "$@"; do
  case "$argument" in
    --no-build) build="" ;;
    --stay) stay=yes ;;
    *) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0"; exit 2 ;;
  esac
done

if [ -n "$build" ]; then
  say "Building (the first time fetches the dependencies)"
  (cd "$root" && mvn -q -B -DskipTests -Dspotless.check.skip=true package -pl runtime -am)
  # So that it starts as fast as where it is installed. Without, it starts as well.
  "$root/runtime/target/troupe/bin/make-aot-cache" || true
fi

# Sockets and the disk's image live in a folder of their own, so that the sources stay clean.
work="$root/samples/target/quickstart"
mkdir -p "$work"
chmod 700 "$work"
cp "$here/troupe.conf" "$work/troupe.conf"
export RUNTIME_DIRECTORY="$work/run"
mkdir -p -m 700 "$RUNTIME_DIRECTORY"

say "Checking $here/troupe.conf"
"$troupe" check "$work/troupe.conf"

say "Starting the daemon"
"$troupe" run "$work/troupe.conf" &
daemon=$!
stop_daemon() {
  kill -TERM "$daemon" 2>/dev/null || true
  wait "$daemon" 2>/dev/null || true
}
trap stop_daemon EXIT

until "$troupe" status >/dev/null 2>&1; do
  kill -0 "$daemon" 2>/dev/null || { echo "The daemon ended; see above." >&2; exit 1; }
done

guest_failed=""
if "$root/samples/guests/prepare.sh"; then
  say "Booting a guest with all three devices"
  "$root/samples/guests/boot.sh" \
    --queues 2 --blk "$RUNTIME_DIRECTORY/disk0.sock" \
    --queues 1 --blk "$RUNTIME_DIRECTORY/disk1.sock" \
    --rng "$RUNTIME_DIRECTORY/rng0.sock" quickstart || guest_failed=yes
  say "What the daemon saw"
  "$troupe" status
else
  say "No guest can be prepared here. The daemon runs; connect a virtual machine to it with"
  "$troupe" qemu-args "$work/troupe.conf"
  stay=yes
fi

if [ -n "$stay" ]; then
  say "The daemon goes on until Ctrl-C. In another terminal, with RUNTIME_DIRECTORY=$RUNTIME_DIRECTORY:"
  echo "   $troupe status"
  wait "$daemon"
fi
[ -z "$guest_failed" ] || { echo "The guest reported a failure; see above." >&2; exit 1; }
