#!/bin/bash
# Measures this program's SCSI disk beside its block device: the same file, the same caching (the page cache), the same front end
# (troupe bench), by turns, and shows the ratio of the medians: what SCSI's commands cost beyond a block device's requests.
#
#     samples/benchmark/scsi-beside-blk.sh [RESULT-FOLDER]
#
# Needs taskset, jq, python3, two processors, and a built tree (mvn package). By environment, beside what stands in beside.sh:
#
#     A, B       who is measured          (scsi blk; blk twice tells how much the machine itself varies)
#     BACK_END   what keeps the sectors   (file; null: nothing, so that only requests are measured)
set -euo pipefail

A=${A:-scsi}
B=${B:-blk}
BACK_END=${BACK_END:-file}
STEM=scsi-beside-blk
# shellcheck source=samples/benchmark/beside.sh
. "$(dirname "$0")/beside.sh"

type_of() { echo "$1"; }

prepare() {
    local sectors="back-end = null, size = 1 GiB"
    if [ "$BACK_END" = file ]; then
        make_image
        sectors="path = $image, inline-writes = $INLINE"
    fi
    cat > "$work/scsi.conf" << CONF
troupe {
  event-loops = 1
  control-socket = $work/control.sock
  devices.host { type = scsi, queues = 2, socket = $work/scsi.sock, busy-poll = $POLL_US us, luns.disk { $sectors } }
}
CONF
    cat > "$work/blk.conf" << CONF
troupe {
  event-loops = 1
  control-socket = $work/control.sock
  devices.disk { type = blk, queues = 2, socket = $work/blk.sock, busy-poll = $POLL_US us, $sectors }
}
CONF
}

launch() {
    [ -f "$work/$1.conf" ] || die "there is no back end called $1"
    "${pinned[@]}" "$TROUPE" run "$work/$1.conf" > "$results/$1.log" 2>&1 &
    backend=$!
}

notes() { echo "sectors: $BACK_END"; }

need_tools taskset
measure_all "${1:-benchmark-$(date +%Y%m%d-%H%M%S)}"
