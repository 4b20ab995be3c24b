#!/usr/bin/env bash
# The restart and failure tests, many rounds of them: guests verify every block while devices restart and are reloaded, the
# program is upgraded, daemons and QEMUs are killed, and queues fail at random. Ten rounds are 150 restarts, 60 reloads, 10
# upgrades and 10 kills under the same open sockets, 20 kills with reconnects, and 250 failures for each kind of queue.
#
#   samples/soak/run.sh [ROUNDS]                10 rounds if not given; one round is what 'mvn verify' does
#   samples/soak/run.sh --seed SEED [ROUNDS]    the same random failures as a run that said this seed
#
# Runs on the stock QEMU, and as root on a newer one too. Ends with status 0 only if nothing was lost, and prints how long
# devices stood still.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
seed="$(date +%s)"
if [ "${1-}" = --seed ]; then
  seed="${2:?a seed is needed after --seed}"
  shift 2
fi
rounds="${1:-10}"
case "$rounds$seed" in
  *[!0-9]*) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0"; exit 2 ;;
esac

profile=()
tests='*MaintenanceIT,*OpenSocketsIT,FailingQueuesIT,TwoGuestsIT'
if [ "$(id -u)" != 0 ]; then
  profile=(-Pstock-guests)
fi
echo "$rounds rounds, seed $seed"
cd "$root"
mvn -B -ntp verify -pl samples -am "${profile[@]}" -Dtest=NoUnitTests -Dsurefire.failIfNoSpecifiedTests=false \
  -Dit.test="$tests" -Dfailsafe.failIfNoSpecifiedTests=false \
  "-Dtroupe.soak.rounds=$rounds" "-Dtroupe.soak.seed=$seed"
head -n 20 samples/target/guest-logs/stalls-*.txt
