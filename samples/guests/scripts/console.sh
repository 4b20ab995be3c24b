# shellcheck shell=sh
# A console with a terminal and a port: sizes, plain reading and writing, a login on the terminal for user "guest" with the
# password PASSWORD, again and again, and a port that is opened, talks, and goes on talking whatever happens to the back end:
# as often as ROUNDS has words.
need_device_tools

# file_of NAME: the file of the port with this name.
file_of() {
  for entry in /sys/class/virtio-ports/*; do
    if [ "$(cat "$entry/name" 2>/dev/null)" = "$1" ]; then
      echo "/dev/${entry##*/}"
      return 0
    fi
  done
  return 1
}

until_true 10 file_of agent >/run/output || fail "no port 'agent'; there are: $(cat /sys/class/virtio-ports/*/name)"
agent="$(file_of agent)"
has_size() { [ "$(stty -F /dev/hvc0 size 2>/run/output)" = "$1" ]; }
can_open() { true </dev/hvc0; } 2>/run/output
# The device file is there before the terminal is. It stays open from here on: once nobody has it open it forgets its size, and
# whoever opens it again may ask before the driver has.
until_true 10 can_open || fail "no terminal: $(cat /run/output)"
exec 4<>/dev/hvc0
until_true 10 has_size "24 80" || fail "no terminal of this size: $(cat /run/output)"
say "terminal: $(stty -F /dev/hvc0 size)"

ask "resize"
until_true 10 has_size "50 132" || fail "the size is $(stty -F /dev/hvc0 size)"
say "resized"

# Until the host types Ctrl-D.
ask "type the numbers up to 1000"
cat /dev/hvc0 >/run/typed
seq 1000 | cmp - /run/typed >/run/output 2>&1 || fail "typed was something else: $(cat /run/output)"
say "all that was typed was read"
seq 2001 3000 >/run/numbers
cat /run/numbers >/dev/hvc0

hostname troupe
echo "guest:x:1000:1000::/tmp:/bin/sh" >/etc/passwd
echo "guest:$(mkpasswd -m sha512 "$PASSWORD"):20000:0:99999:7:::" >/etc/shadow
# With the options that systemd gives it on such a terminal, and the hangup that systemd does itself.
login_again_and_again() {
  while true; do
    setsid agetty -o '-p -- \u' --hangup --keep-baud 115200,57600,38400,9600 hvc0 vt220
  done
}
ask "log in"
login_again_and_again >/run/getty 2>&1 4<&- &

exec 3<>"$agent"
ask "talk"
for round in $ROUNDS; do
  # A read finds the end while nobody is at the host's end of the port.
  until IFS= read -r words <&3; do
    sleep 0.1
  done
  echo "heard: $words" >&3
  say "round $round: $words"
done
