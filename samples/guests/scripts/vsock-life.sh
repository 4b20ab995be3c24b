# shellcheck shell=sh
# Connections both ways that are open while the host does something to them: each is over for its program at once, and new ones
# work. The host's program on port 1235 greets; the guest's on port 5001 says what it hears.
need_device_tools
until_true 10 [ -e /dev/vsock ] || fail "no /dev/vsock"
rm -f /run/held /run/greeting
mkfifo /run/held
exec 3<>/run/held
socat VSOCK-LISTEN:5001 SYSTEM:cat >/dev/null 2>&1 &
listener=$!
socat - VSOCK-CONNECT:2:1235 </run/held >/run/greeting 2>/run/why &
caller=$!
until_true 20 [ -s /run/greeting ] || fail "no greeting: $(cat /run/why)"
expect "hello" "$(cat /run/greeting)" "the greeting"
ended() { ! kill -0 "$1" 2>/dev/null; }
ask disturb
until_true 20 ended "$caller" || fail "the connection to the host goes on"
until_true 20 ended "$listener" || fail "the connection from the host goes on"
exec 3>&-
say "both were over"
