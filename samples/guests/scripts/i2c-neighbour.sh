# shellcheck shell=sh
# What another guest wrote to its registers at 0x20 is there (0x42 in number 5), and addresses off this guest's list (0x48),
# or that are the other guest's alone (0x50), answer nothing.
need_device_tools
bus="$(i2cdetect -l | sed -n 's/^i2c-\([0-9]*\).*i2c_virtio.*/\1/p')"
expect 0x42 "$(i2cget -y "$bus" 0x20 5)" "the register that the other guest wrote"
refused i2cget -y "$bus" 0x50 0
refused i2cget -y "$bus" 0x48 0
