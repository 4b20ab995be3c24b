# shellcheck shell=sh
# The guest's GPIO chip is virtio's: LED, a line without a name that is wired to it, BUTTON, which the host presses.
need_device_tools
chip="$(gpiodetect | sed -n 's/^\(gpiochip[0-9]*\) \[virtio.*(3 lines)$/\1/p')"
[ -n "$chip" ] || fail "no chip of virtio's with 3 lines; there are: $(gpiodetect)"
expect "$chip 0" "$(gpiofind LED)" "where LED is"
expect "$chip 2" "$(gpiofind BUTTON)" "where BUTTON is"

for level in 1 0 1; do
  run gpioset "$chip" "0=$level"
  expect "$level" "$(gpioget "$chip" 1)" "the line that is wired to LED"
done
expect 0 "$(gpioget "$chip" 2)" "BUTTON"
ask press
expect 1 "$(gpioget "$chip" 2)" "BUTTON when it is pressed"
say "lines do as they are told"
