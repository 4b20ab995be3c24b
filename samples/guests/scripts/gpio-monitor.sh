# shellcheck shell=sh
# Three changes of BUTTON, which the host makes, are three events: it rises, falls, and rises again.
need_device_tools
place="$(gpiofind BUTTON)"
chip="${place% *}"
line="${place#* }"
gpiomon --num-events=3 "$chip" "$line" >/run/events 2>&1 &
monitor=$!
until_true 10 sh -c "gpioinfo $chip | grep -q gpiomon" || fail "gpiomon does not start: $(cat /run/events)"
ask change
wait "$monitor" || fail "gpiomon: $(cat /run/events)"
expect "RISING FALLING RISING" "$(sed -n 's/.*event: *\([A-Z]*\) EDGE.*/\1/p' /run/events | tr '\n' ' ' | sed 's/ $//')" "the events"
say "all events came"
