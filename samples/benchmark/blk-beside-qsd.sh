#!/bin/bash
# Measures this program's disk beside qemu-storage-daemon's: the same file, the same caching (the page cache), the same
# front end (troupe bench), by turns, and shows the ratio of the medians. Absolute figures drift from hour to hour; the
# ratio within one run is what tells something.
#
#     samples/benchmark/blk-beside-qsd.sh [RESULT-FOLDER]
#
# Needs qemu-storage-daemon, taskset, jq, python3, two processors, and a built tree (mvn package). By environment, beside what
# stands in beside.sh:
#
#     QSD        qemu-storage-daemon      (from PATH)
#     A, B       who is measured          (troupe qsd; qsd twice tells how much the machine itself varies)
set -euo pipefail

QSD=${QSD:-qemu-storage-daemon}
A=${A:-troupe}
B=${B:-qsd}
STEM=blk-beside-qsd
# shellcheck source=samples/benchmark/beside.sh
. "$(dirname "$0")/beside.sh"

type_of() { echo blk; }

prepare() {
    make_image
    cat > "$work/troupe.conf" << CONF
troupe {
  event-loops = 1
  control-socket = $work/control.sock
  devices.disk { type = blk, path = $image, queues = 2, socket = $work/troupe.sock, busy-poll = $POLL_US us,
                 inline-writes = $INLINE }
}
CONF
}

launch() {
    case $1 in
        troupe) "${pinned[@]}" "$TROUPE" run "$work/troupe.conf" > "$results/troupe.log" 2>&1 & ;;
        qsd) "${pinned[@]}" "$QSD" \
            --object iothread,id=t \
            --blockdev "driver=file,node-name=f,filename=$image,aio=io_uring,cache.direct=off,cache.no-flush=off" \
            --export "type=vhost-user-blk,id=e,node-name=f,writable=on,iothread=t,num-queues=2,addr.type=unix,addr.path=$work/qsd.sock" \
            > "$results/qsd.log" 2>&1 & ;;
        *) die "there is no back end called $1" ;;
    esac
    backend=$!
}

notes() { "$QSD" --version | head -1; }

need_tools taskset "$QSD"
measure_all "${1:-benchmark-$(date +%Y%m%d-%H%M%S)}"
