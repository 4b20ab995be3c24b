# shellcheck shell=sh
# A keyboard and a tablet: what the kernel finds of them, the events that reach its users, a light that the guest sets, and a
# key that is held while the back end restarts.
need_device_tools

# events_of NAME: the file of the input device with this name.
events_of() {
  for entry in /sys/class/input/event*; do
    if [ "$(cat "$entry/device/name" 2>/dev/null)" = "$1" ]; then
      echo "/dev/input/${entry##*/}"
      return 0
    fi
  done
  return 1
}

# seen FILE TYPE CODE VALUE: whether this event has come. An event is twelve 16-bit numbers, the last four of which count.
seen() { hexdump -v -e '12/2 "%u " "\n"' "$1" | grep -qE "^([0-9]+ ){8}$2 $3 $4 0 *$"; }

# pressed FILE: the codes of the keys that were pressed, in order.
pressed() { hexdump -v -e '12/2 "%u " "\n"' "$1" | awk '$9 == 1 && $11 == 1 { printf "%s%d", separator, $10; separator = " " }'; }

until_true 10 events_of "Troupe keyboard" >/run/output || fail "no keyboard; input devices: $(cat /sys/class/input/event*/device/name)"
keyboard="$(events_of "Troupe keyboard")"
tablet="$(events_of "Troupe tablet")" || fail "no tablet"
facts="/sys/class/input/${keyboard##*/}/device"
say "keyboard: bus $(cat "$facts/id/bustype"), serial $(cat "$facts/uniq"), events $(cat "$facts/capabilities/ev"), lights $(cat "$facts/capabilities/led")"
say "tablet: axes $(cat "/sys/class/input/${tablet##*/}/device/capabilities/abs")"

cat "$keyboard" >/run/keys &
cat "$tablet" >/run/points &
ask "type"
until_true 20 seen /run/keys 1 28 0 || fail "enter was not released; pressed: $(pressed /run/keys)"
say "pressed: $(pressed /run/keys)"

ask "point"
until_true 20 seen /run/points 1 272 0 || fail "the button was not released"
seen /run/points 3 0 16383 || fail "no position"
say "pointed and clicked"

# QEMU's own keyboard has one too.
light="$(echo "$facts"/input*::capslock)"
echo 1 >"$light/brightness" || fail "cannot light $light"
ask "look at the lights"

ask "hold a key"
until_true 20 seen /run/keys 1 42 1 || fail "shift was not pressed"
ask "restart"
until_true 20 seen /run/keys 1 42 0 || fail "shift is stuck"
say "shift was released"
