# shellcheck shell=sh
# A console with a terminal and a port: sizes, a shell on the terminal, and a port that is opened, talks, and goes on talking
# whatever happens to the back end: as often as ROUNDS has words.
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
# The device file is there before the terminal is.
until_true 10 has_size "24 80" || fail "no terminal of this size: $(cat /run/output)"
say "terminal: $(stty -F /dev/hvc0 size)"

ask "resize"
until_true 10 has_size "50 132" || fail "the size is $(stty -F /dev/hvc0 size)"
say "resized"

setsid sh -c 'exec sh -i </dev/hvc0 >/dev/hvc0 2>&1' &
ask "use the shell"

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
