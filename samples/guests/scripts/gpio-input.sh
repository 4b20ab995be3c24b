# shellcheck shell=sh
# The guest's only line is LEVEL.
need_device_tools
chip="$(gpiodetect | sed -n 's/^\(gpiochip[0-9]*\) \[virtio.*(1 lines)$/\1/p')"
[ -n "$chip" ] || fail "no chip of virtio's with 1 line; there are: $(gpiodetect)"
expect "$LEVEL" "$(gpioget "$chip" 0)" "the line"
