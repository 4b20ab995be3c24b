# shellcheck shell=sh
# A keyboard and a tablet: what the kernel finds of them, the events that reach its users, evtest among them, a light that the guest
# sets, and a key that is held while the host does to the back end what DISTURBANCES names. The pointer stays where it is.
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

# count_of FILE TYPE [CODE VALUE]: how often this event has come, or one of this type.
count_of() { hexdump -v -e '12/2 "%u " "\n"' "$1" | grep -cE "^([0-9]+ ){8}$2 ${3:+$3 $4 0 *$}" || true; }

# came FILE CODE VALUE TIMES: whether this key has been pressed or released so often.
came() { [ "$(count_of "$1" 1 "$2" "$3")" -ge "$4" ]; }

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
evtest "$keyboard" >/run/evtest &
evtest=$!
until_true 10 sh -c "ls -l /proc/$evtest/fd | grep -q $keyboard" || fail "evtest does not open $keyboard"
ask "type"
until_true 20 seen /run/keys 1 28 0 || fail "enter was not released; pressed: $(pressed /run/keys)"
say "pressed: $(pressed /run/keys)"
kill "$evtest"
wait "$evtest" 2>/dev/null || true
say "evtest: $(sed -n 's/.*(EV_KEY), code [0-9]* (KEY_\(.*\)), value 1/\1/p' /run/evtest | tr '\n' ' ' | sed 's/ $//')"

ask "point"
until_true 20 seen /run/points 1 272 0 || fail "the button was not released"
seen /run/points 3 0 16383 || fail "no position"
say "pointed and clicked"
moves="$(count_of /run/points 3)"
ask "restart the tablet and click"
until_true 20 came /run/points 272 0 2 || fail "the button was not released after the restart"
expect "$moves" "$(count_of /run/points 3)" "how often the pointer moved"
say "the pointer stayed where it was"

# QEMU's own keyboard has one too.
light="$(echo "$facts"/input*::capslock)"
echo 1 >"$light/brightness" || fail "cannot light $light"
ask "look at the lights"

held=0
for disturbance in $DISTURBANCES; do
  held=$((held + 1))
  ask "hold a key"
  until_true 20 came /run/keys 42 1 "$held" || fail "shift was not pressed"
  ask "$disturbance"
  until_true 20 came /run/keys 42 0 "$held" || fail "shift is stuck after $disturbance"
  say "shift was released after $disturbance"
done
ask "type again"
until_true 20 came /run/keys 28 0 2 || fail "enter did not come"
say "pressed in all: $(pressed /run/keys)"
[ "$(cat "$light/brightness")" = 1 ] || fail "the light went out"
