# shellcheck shell=sh
# The guest's I2C bus is virtio's and exactly the targets FOUND answer. Registers at 0x20 and an EEPROM of 4 KiB at 0x50 keep
# what i2c-tools and the kernel's driver write. SENSOR (none): what the kernel's lm75 at 0x48 shows, in 1/1000 °C.
need_device_tools
bus="$(i2cdetect -l | sed -n 's/^i2c-\([0-9]*\).*i2c_virtio.*/\1/p')"
[ -n "$bus" ] || fail "no bus of virtio's; there are: $(i2cdetect -l)"
found="$(i2cdetect -y "$bus" | sed '1d; s/^..://' | tr ' ' '\n' | grep '[0-9a-f]')" || fail "no target answers"
expect "$FOUND" "$(echo "$found" | tr '\n' ' ' | sed 's/ $//')" "the targets that answer"

run i2cset -y "$bus" 0x20 5 0x42
expect 0x42 "$(i2cget -y "$bus" 0x20 5)" "a register"
run i2cset -y "$bus" 0x20 6 0x1234 w
expect 0x1234 "$(i2cget -y "$bus" 0x20 6 w)" "two registers"
run i2ctransfer -y "$bus" w4@0x20 8 1 2 3
expect "0x01 0x02 0x03" "$(i2ctransfer -y "$bus" w1@0x20 8 r3)" "registers written in one transfer"
refused i2cget -y "$bus" 0x21 0

# More messages than QEMU's ring has room for: the driver sends the first ones only, and the bus must not wait for the rest.
i2ctransfer -y "$bus" w2@0x20 16 1 w2@0x20 17 2 w2@0x20 18 3 w2@0x20 19 4 w2@0x20 20 5 w2@0x20 21 6 >/run/output 2>&1 || true
say "a transfer of six messages: $(tr '\n' ' ' </run/output)"
expect "0x01 0x02" "$(i2ctransfer -y "$bus" w1@0x20 16 r2)" "the first messages of a long transfer"

new_device="/sys/bus/i2c/devices/i2c-$bus/new_device"
need_module at24
echo 24c32 0x50 >"$new_device"
eeprom="/sys/bus/i2c/devices/$bus-0050/eeprom"
until_true 10 [ -e "$eeprom" ] || fail "at24 does not take the EEPROM: $(dmesg | tail -n 3)"
run dd if=/dev/urandom of=/run/bytes bs=300 count=1
run dd if=/run/bytes of="$eeprom" bs=300 count=1 seek=1 conv=notrunc
run dd if="$eeprom" of=/run/back bs=300 count=1 skip=1
run cmp /run/bytes /run/back
say "the EEPROM keeps what at24 wrote"

if [ -n "${SENSOR-}" ]; then
  need_module lm75
  echo lm75 0x48 >"$new_device"
  expect "$SENSOR" "$(cat "/sys/bus/i2c/devices/$bus-0048"/hwmon/hwmon*/temp1_input)" "the temperature"
  ask temperature
  sleep 2
  say "temperature $(cat "/sys/bus/i2c/devices/$bus-0048"/hwmon/hwmon*/temp1_input)"
fi
