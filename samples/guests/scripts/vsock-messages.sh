# shellcheck shell=sh
# Messages to and from sockets of the host that keep them apart. What is read five bytes at a time becomes messages of five bytes;
# of messages that are read three bytes at a time the rest is lost, of a stream nothing would be.
need_device_tools
until_true 10 [ -e /dev/vsock ] || fail "no /dev/vsock"
printf 'firstother' >/run/ten
run socat -u -b 5 OPEN:/run/ten VSOCK-CONNECT:2:1240,type=5
socat -u -b 3 VSOCK-CONNECT:2:1241,type=5 CREATE:/run/beginnings || fail "no messages from the host"
say "beginnings: $(cat /run/beginnings)"
