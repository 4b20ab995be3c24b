# shellcheck shell=bash
# What the measurements of two back ends beside each other share: they run by turns, on one processor, driven by troupe bench.
# Sourced after the script has set A, B and STEM, and defined
#
#     prepare         makes what is served, in $work
#     launch NAME     starts a back end that listens on $work/NAME.sock, as "$backend", pinned by "${pinned[@]}"
#     type_of NAME    the device type of a back end
#     notes           further lines for environment.txt
#
# then measure_all FOLDER. What can be set by environment, beside what the scripts say:
#
#     TROUPE     the launcher             (runtime/target/troupe/bin/troupe)
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
# shellcheck disable=SC2034  # those that source this use some of these
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TROUPE=${TROUPE:-$here/../../runtime/target/troupe/bin/troupe}
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
pinned=(taskset -c "$backend_cpu")
backend=

die() { echo "$STEM: $*" >&2; exit 1; }

need_tools() {
    local tool
    for tool in "$TROUPE" jq python3 "$@"; do
        command -v "$tool" > /dev/null || die "$tool is missing"
    done
}

stop_backend() {
    [ -z "$backend" ] && return
    kill "$backend" 2> /dev/null || true
    wait "$backend" 2> /dev/null || true
    backend=
}

# make_image: written once, so that no block is a hole, and read back, so that it is in the page cache.
make_image() {
    image=$work/disk.raw
    echo "Making an image of $FILE_SIZE ..." >&2
    head -c "$FILE_SIZE" /dev/urandom > "$image"
    sync "$image"
    cat "$image" > /dev/null
}

# start_backend NAME: one thread serves all queues of either, in a process that may use one processor.
start_backend() {
    rm -f "$work/$1.sock"
    launch "$1"
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
        "$TROUPE" bench "$work/$1.sock" --type "$(type_of "$1")" --quiet --mix "$mix" --queues 2 --depth 32 \
            --duration "$WARM_UP" --warm-up "$WARM_UP" > /dev/null || die "the warm-up of $1 failed; see $results/$1.log"
    done
}

# measure SIDE NAME PLACE MIX QUEUES DEPTH PAIR
measure() {
    local cpu=$backend_cpu
    [ "$3" = other ] && cpu=$other_cpu
    local json
    json=$("$TROUPE" bench "$work/$2.sock" --type "$(type_of "$2")" --json --quiet --mix "$4" --queues "$5" --depth "$6" \
        --duration "$DURATION" --warm-up "$WARM_UP" --cpu "$cpu") || die "the measurement of $2 failed"
    jq -r --arg key "$1,$2,$3,$4,$5,$6,$7" '[.iops, .latencyMicros.p50, .latencyMicros.p99, .latencyMicros["p99.9"],
        .kicksPerRequest, .callsPerRequest, .errors] | map(tostring) | $key + "," + join(",")' <<< "$json" >> "$csv"
}

measure_all() {
    results=$(realpath -m "$1")
    mkdir -p "$results"
    work=$(mktemp -d)
    csv=$results/$STEM.csv
    trap 'stop_backend; rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    prepare
    echo "side,backend,place,mix,queues,depth,pair,iops,p50_us,p99_us,p999_us,kicks,calls,errors" > "$csv"
    local pair turn side name place mix queues depth
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
        notes
        "$TROUPE" --version
        echo "event loops 1, busy-poll $POLL_US us, inline-writes $INLINE; $PAIRS pairs of $DURATION after $WARM_UP; image $FILE_SIZE, page cache"
    } > "$results/environment.txt"
    python3 "$here/report.py" "$csv" "$results" "$A" "$B"
    cat "$results/environment.txt" "$results/$STEM.md"
    echo "Written to $results: $STEM.csv, .md and .svg" >&2
}
