# shellcheck shell=sh
# LINE gets one of LEVELS after the other.
need_device_tools
place="$(gpiofind "$LINE")"
for level in $LEVELS; do
  run gpioset "${place% *}" "${place#* }=$level"
  sleep 0.3
done
