# shellcheck shell=sh
# Both ways between guest and host: a question to port 1234 of the host, whose answer comes after the question has ended; a
# program of the host's on port 77, which writes what it reads in capitals when it has read all; and a program on port 5000 of
# the guest for the host to use until it has had enough.
need_device_tools
until_true 10 [ -e /dev/vsock ] || fail "no /dev/vsock"
answer="$(echo question | socat -t 20 - VSOCK-CONNECT:2:1234)" || fail "no way to the host"
expect "the host's answer" "$answer" "what the host says"
refused socat - VSOCK-CONNECT:2:4321 </dev/null
answer="$(echo softly | socat -t 20 - VSOCK-CONNECT:2:77)" || fail "no way to the host's program"
expect "SOFTLY" "$answer" "what the host's program says"
socat VSOCK-LISTEN:5000 SYSTEM:'tr a-z A-Z' &
ask dial
wait $! || fail "the program on port 5000 failed"
