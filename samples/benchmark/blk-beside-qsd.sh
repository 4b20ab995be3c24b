#!/bin/bash
# Measures this program's disk beside qemu-storage-daemon's: the same file, the same caching (the page cache), the same
# front end (troupe bench), by turns, and shows the ratio of the medians. Absolute figures drift from hour to hour; the
# ratio within one run is what tells something.
#
#     samples/benchmark/blk-beside-qsd.sh [RESULT-FOLDER]
#
# Needs qemu-storage-daemon, taskset, jq, python3, two processors, and a built tree (mvn package). By environment:
#
#     TROUPE     the launcher             (runtime/target/troupe/bin/troupe)
#     QSD        qemu-storage-daemon      (from PATH)
#     A, B       who is measured          (troupe qsd; qsd twice tells how much the machine itself varies)
#     FILE_SIZE  the image                (1G)
#     PAIRS      turns for each figure    (5)
#     DEPTHS     requests under way       (1 32 128)
#     MIXES      kinds of requests        (randread randwrite)
#     QUEUES     numbers of queues        (1 2)
#     PLACES     same other               (back end and load on one processor, or on two)
#     CPUS       the two processors       (0 1)
#     DURATION   of each measurement      (3s), after WARM_UP (8s: where Java's compilers share the
#                processor with the work they need that long)
#     POLL_US    troupe's busy-poll       (0)
#     INLINE     troupe's inline-writes   (false)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
TROUPE=${TROUPE:-$here/../../runtime/target/troupe/bin/troupe}
QSD=${QSD:-qemu-storage-daemon}
A=${A:-troupe}
B=${B:-qsd}
FILE_SIZE=${FILE_SIZE:-1G}
PAIRS=${PAIRS:-5}
DEPTHS=${DEPTHS:-1 32 128}
MIXES=${MIXES:-randread randwrite}
QUEUES=${QUEUES:-1 2}
PLACES=${PLACES:-same other}
DURATION=${DURATION:-3s}
WARM_UP=${WARM_UP:-8s}
POLL_US=${POLL_US:-0}
INLINE=${INLINE:-false}
read -r backend_cpu other_cpu <<< "${CPUS:-0 1}"

results=$(realpath -m "${1:-benchmark-$(date +%Y%m%d-%H%M%S)}")
mkdir -p "$results"
work=$(mktemp -d)
csv=$results/blk-beside-qsd.csv

backend=
stop_backend() {
    [ -z "$backend" ] && return
    kill "$backend" 2> /dev/null || true
    wait "$backend" 2> /dev/null || true
    backend=
}
trap 'stop_backend; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

die() { echo "blk-beside-qsd: $*" >&2; exit 1; }
for tool in "$TROUPE" "$QSD" taskset jq python3; do
    command -v "$tool" > /dev/null || die "$tool is missing"
done

# Written once, so that no block is a hole, and read back, so that it is in the page cache.
image=$work/disk.raw
echo "Making an image of $FILE_SIZE ..." >&2
head -c "$FILE_SIZE" /dev/urandom > "$image"
sync "$image"
cat "$image" > /dev/null

cat > "$work/troupe.conf" << CONF
troupe {
  event-loops = 1
  control-socket = $work/control.sock
  devices.disk { type = blk, path = $image, queues = 2, socket = $work/troupe.sock, busy-poll = $POLL_US us,
                 inline-writes = $INLINE }
}
CONF

# start_backend NAME: one thread serves all queues of either, in a process that may use one processor.
start_backend() {
    rm -f "$work/$1.sock"
    case $1 in
        troupe) taskset -c "$backend_cpu" "$TROUPE" run "$work/troupe.conf" > "$results/troupe.log" 2>&1 & ;;
        qsd) taskset -c "$backend_cpu" "$QSD" \
            --object iothread,id=t \
            --blockdev "driver=file,node-name=f,filename=$image,aio=io_uring,cache.direct=off,cache.no-flush=off" \
            --export "type=vhost-user-blk,id=e,node-name=f,writable=on,iothread=t,num-queues=2,addr.type=unix,addr.path=$work/qsd.sock" \
            > "$results/qsd.log" 2>&1 & ;;
        *) die "there is no back end called $1" ;;
    esac
    backend=$!
    for _ in $(seq 200); do
        "$TROUPE" probe "$work/$1.sock" > "$results/$1.probe.txt" 2> /dev/null && return
        kill -0 "$backend" 2> /dev/null || die "$1 has ended; see $results/$1.log"
        sleep 0.1
    done
    die "$1 does not listen; see $results/$1.log"
}

# warm NAME: code that has just started is not what is measured. The same for either.
warm() {
    for mix in $MIXES; do
        "$TROUPE" bench "$work/$1.sock" --type blk --quiet --mix "$mix" --queues 2 --depth 32 \
            --duration "$WARM_UP" --warm-up "$WARM_UP" > /dev/null || die "the warm-up of $1 failed; see $results/$1.log"
    done
}

# measure SIDE NAME PLACE MIX QUEUES DEPTH PAIR
measure() {
    local cpu=$backend_cpu
    [ "$3" = other ] && cpu=$other_cpu
    local json
    json=$("$TROUPE" bench "$work/$2.sock" --type blk --json --quiet --mix "$4" --queues "$5" --depth "$6" \
        --duration "$DURATION" --warm-up "$WARM_UP" --cpu "$cpu") || die "the measurement of $2 failed"
    jq -r --arg key "$1,$2,$3,$4,$5,$6,$7" '[.iops, .latencyMicros.p50, .latencyMicros.p99, .latencyMicros["p99.9"],
        .kicksPerRequest, .callsPerRequest, .errors] | map(tostring) | $key + "," + join(",")' <<< "$json" >> "$csv"
}

echo "side,backend,place,mix,queues,depth,pair,iops,p50_us,p99_us,p999_us,kicks,calls,errors" > "$csv"
for pair in $(seq "$PAIRS"); do
    for turn in "A $A" "B $B"; do
        read -r side name <<< "$turn"
        start_backend "$name"
        warm "$name"
        for place in $PLACES; do
            for mix in $MIXES; do
                for queues in $QUEUES; do
                    for depth in $DEPTHS; do
                        echo "pair $pair of $PAIRS: $name, $place processor, $mix, $queues queue(s), depth $depth" >&2
                        measure "$side" "$name" "$place" "$mix" "$queues" "$depth" "$pair"
                    done
                done
            done
        done
        stop_backend
    done
done

{
    echo "date $(date -u +%F), kernel $(uname -r), $(nproc) processors"
    "$QSD" --version | head -1
    "$TROUPE" --version
    echo "event loops 1, busy-poll $POLL_US us, inline-writes $INLINE; $PAIRS pairs of $DURATION after $WARM_UP; image $FILE_SIZE, page cache"
} > "$results/environment.txt"
python3 "$here/report.py" "$csv" "$results" "$A" "$B"
cat "$results/environment.txt" "$results/blk-beside-qsd.md"
echo "Written to $results: blk-beside-qsd.csv, .md and .svg" >&2
