# shellcheck shell=sh
# One side of the kernel's own vsock_test: MODE is server or client, PEER the other guest's CID, ADDRESS this guest's on the
# network between the two, SERVER the server's. The client says the result of each case.
need_device_tools
until_true 10 [ -e /dev/vsock ] || fail "no /dev/vsock"
run ip addr flush dev eth0
run ip addr add "$ADDRESS/24" dev eth0
run ip link set eth0 up
arguments="--mode=$MODE --control-port=5555 --peer-cid=$PEER"
if [ "$MODE" = client ]; then
  until_true 60 ping -c 1 -W 1 "$SERVER" >/dev/null || fail "no way to $SERVER"
  ask server
  arguments="$arguments --control-host=$SERVER"
else
  say ready
fi
status=0
# shellcheck disable=SC2086
vsock_test $arguments ${SKIP:-} >/run/cases 2>&1 || status=$?
while IFS= read -r line; do say "$line"; done </run/cases
[ "$status" = 0 ] || fail "vsock_test ended with status $status"
