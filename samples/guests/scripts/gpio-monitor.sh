# shellcheck shell=sh
# Changes of LINE, which the host or another guest makes, are events: all of them, or those that rise or fall only, as EDGES says
# (both, rising, falling); EVENTS are what must come, in order.
need_device_tools
place="$(gpiofind "$LINE")"
chip="${place% *}"
line="${place#* }"
case $EDGES in
  both) only= ;;
  *) only="--$EDGES-edge" ;;
esac
# shellcheck disable=SC2086
gpiomon $only --num-events="$(echo "$EVENTS" | wc -w)" "$chip" "$line" >/run/events 2>&1 &
monitor=$!
until_true 10 sh -c "gpioinfo $chip | grep -q gpiomon" || fail "gpiomon does not start: $(cat /run/events)"
ask change
wait "$monitor" || fail "gpiomon: $(cat /run/events)"
expect "$EVENTS" "$(sed -n 's/.*event: *\([A-Z]*\) EDGE.*/\1/p' /run/events | tr '\n' ' ' | sed 's/ $//')" "the events"
say "all events came"
