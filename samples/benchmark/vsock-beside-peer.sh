#!/usr/bin/env bash
# Measures this program's sockets and those of vhost-device-vsock by turns, with the same load (troupe bench) over the same kind of
# Unix socket, and writes medians and the ratio of each pair.
#
#     samples/benchmark/vsock-beside-peer.sh [RESULT-FOLDER]
#
# Needs taskset, jq, python3, two processors, and a built tree (mvn package). Without PEER, vhost-device-vsock is fetched from Debian's
# unstable suite, with the apt of this system, and unpacked for this run alone. By environment:
#
#     TROUPE     the launcher             (runtime/target/troupe/bin/troupe)
#     PEER       vhost-device-vsock       (fetched)
#     PAIRS      turns for each figure    (5)
#     KINDS      loads                    (to-host to-guest connect)
#     PLACES     same other               (back end and load on one processor, or on two)
#     CPUS       the two processors       (0 1)
#     DURATION   of each measurement      (3s), after WARM_UP (8s)
#     ROOM       for a connection's bytes (256 KiB, the guest's own too; the peer's default is 64 KiB)
#     POLL_US    troupe's busy-poll       (0)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
TROUPE=${TROUPE:-$here/../../runtime/target/troupe/bin/troupe}
PEER=${PEER:-}
PAIRS=${PAIRS:-5}
KINDS=${KINDS:-to-host to-guest connect}
PLACES=${PLACES:-same other}
DURATION=${DURATION:-3s}
WARM_UP=${WARM_UP:-8s}
ROOM=${ROOM:-262144}
POLL_US=${POLL_US:-0}
read -r backend_cpu other_cpu <<< "${CPUS:-0 1}"

results=$(realpath -m "${1:-benchmark-$(date +%Y%m%d-%H%M%S)}")
mkdir -p "$results"
work=$(mktemp -d)
csv=$results/vsock-beside-peer.csv

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

die() { echo "vsock-beside-peer: $*" >&2; exit 1; }
for tool in "$TROUPE" taskset jq python3; do
    command -v "$tool" > /dev/null || die "$tool is missing"
done

# fetch_peer: lists and downloads go to a folder of their own, so that this system's apt knows nothing of another suite.
fetch_peer() {
    local apt=$work/apt mirror options
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,parts,peer}
    # shellcheck disable=SC2016  # apt fills REPO_URI in
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2> /dev/null |
        grep -v security | head -n 1) || true
    [ -n "$mirror" ] || die "this system takes no packages from Debian; give PEER"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" > "$apt/sources.list"
    options=(-q -o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=$apt/parts"
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=$(id -un)")
    (cd "$apt" && apt-get "${options[@]}" update && apt-get "${options[@]}" download vhost-device-vsock) >&2 ||
        die "cannot download vhost-device-vsock; give PEER"
    dpkg-deb -x "$apt"/vhost-device-vsock_*.deb "$apt/peer"
    PEER=$apt/peer/usr/bin/vhost-device-vsock
}
[ -n "$PEER" ] || fetch_peer
"$PEER" --version > "$results/peer-version.txt" || die "$PEER does not start"

cat > "$work/daemon.conf" << CONF
troupe {
  event-loops = 1
  control-socket = $work/control.sock
  devices.sock { type = vsock, guest-cid = 3, socket = $work/troupe.sock, uds-path = $work/troupe.uds, buffer-size = $ROOM,
                 busy-poll = $POLL_US us }
}
CONF

# start_backend NAME: in a process that may use one processor.
start_backend() {
    rm -f "$work/$1".*
    case $1 in
        troupe) taskset -c "$backend_cpu" "$TROUPE" run "$work/daemon.conf" > "$results/troupe.log" 2>&1 & ;;
        peer) taskset -c "$backend_cpu" "$PEER" \
            --vm "guest-cid=3,socket=$work/peer.sock,uds-path=$work/peer.uds,tx-buffer-size=$ROOM,queue-size=1024" \
            > "$results/peer.log" 2>&1 & ;;
        *) die "there is no back end called $1" ;;
    esac
    backend=$!
    for _ in $(seq 200); do
        [ -S "$work/$1.sock" ] && "$TROUPE" probe "$work/$1.sock" > "$results/$1.probe.txt" 2> /dev/null && return
        kill -0 "$backend" 2> /dev/null || die "$1 has ended; see $results/$1.log"
        sleep 0.1
    done
    die "$1 does not listen; see $results/$1.log"
}

# ticks: the processor time that the back end has used, in clock ticks.
ticks() { awk '{ print $14 + $15 }' "/proc/$backend/stat"; }

# measure NAME PLACE KIND PAIR
measure() {
    local cpu=$backend_cpu json before used
    [ "$2" = other ] && cpu=$other_cpu
    before=$(ticks)
    json=$("$TROUPE" bench "$work/$1.sock" --type vsock --json --quiet --request "$3" --uds-path "$work/$1.uds" \
        --block-size "64 KiB" --duration "$DURATION" --warm-up "$WARM_UP" --cpu "$cpu") ||
        die "the measurement of $1 failed; see $results/$1.log"
    used=$(($(ticks) - before))
    jq -r --arg key "$1,$2,$3,$4" --arg used "$used" '[.iops, .mebibytesPerSecond, .latencyMicros.p50, .latencyMicros.p99, .errors]
        | map(tostring) | $key + "," + join(",") + "," + $used' <<< "$json" >> "$csv"
}

echo "backend,place,kind,pair,per_second,mib_per_second,p50_us,p99_us,errors,backend_ticks" > "$csv"
for pair in $(seq "$PAIRS"); do
    for name in troupe peer; do
        start_backend "$name"
        for place in $PLACES; do
            for kind in $KINDS; do
                echo "pair $pair of $PAIRS: $name, $place processor, $kind" >&2
                measure "$name" "$place" "$kind" "$pair"
            done
        done
        stop_backend
    done
done

python3 - "$csv" > "$results/vsock-beside-peer.md" << 'PYTHON'
import csv, statistics, sys
from collections import defaultdict
groups = defaultdict(lambda: defaultdict(list))
for row in csv.DictReader(open(sys.argv[1], newline="")):
    groups[row["place"], row["kind"]][row["backend"]].append(row)
print("| processor | load | troupe | peer | ratio (least, most) | troupe p50 / p99 | peer p50 / p99 | processor time, ours to theirs |")
print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
for (place, kind), sides in groups.items():
    def median(side, name):
        return statistics.median(float(row[name]) for row in sides[side])
    def value(side):
        return f"{median(side, 'per_second'):,.0f} /s" if kind == "connect" else f"{median(side, 'mib_per_second'):,.0f} MiB/s"
    def latency(side):
        return f"{median(side, 'p50_us'):,.0f} / {median(side, 'p99_us'):,.0f} us"
    def cost(row):
        return float(row["backend_ticks"]) / float(row["per_second"])
    pairs = list(zip(sides["troupe"], sides["peer"]))
    ratio = [float(a["per_second"]) / float(b["per_second"]) for a, b in pairs]
    time = statistics.median(cost(a) / cost(b) for a, b in pairs)
    print(f"| {place} | {kind} | {value('troupe')} | {value('peer')} | **{statistics.median(ratio):.2f}** ({min(ratio):.2f}, "
          f"{max(ratio):.2f}) | {latency('troupe')} | {latency('peer')} | {time:.2f} |")
PYTHON
{
    echo "date $(date -u +%F), kernel $(uname -r), $(nproc) processors"
    cat "$results/peer-version.txt"
    "$TROUPE" --version
    echo "event loops 1, busy-poll $POLL_US us, room $ROOM bytes; $PAIRS pairs of $DURATION after $WARM_UP; blocks of 64 KiB"
} > "$results/environment.txt"
cat "$results/environment.txt" "$results/vsock-beside-peer.md"
echo "Written to $results: vsock-beside-peer.csv and .md" >&2
