# shellcheck shell=sh
# Writes and reads a register at 0x20 again and again, until the host says stop; not one transfer may fail. REGISTER (30).
need_device_tools
bus="$(i2cdetect -l | sed -n 's/^i2c-\([0-9]*\).*i2c_virtio.*/\1/p')"
register="${REGISTER:-30}"
rm -f /run/stop
echo "TROUPE-WAIT stop"
# A background job would otherwise get /dev/null for its input.
(IFS= read -r _ </dev/ttyS0 && touch /run/stop) &
transfers=0
while [ ! -e /run/stop ]; do
  value="$(printf '0x%02x' $((transfers % 256)))"
  run i2cset -y "$bus" 0x20 "$register" "$value"
  expect "$value" "$(i2cget -y "$bus" 0x20 "$register")" "the register after $transfers rounds"
  transfers=$((transfers + 1))
done
say "$transfers rounds without an error"
