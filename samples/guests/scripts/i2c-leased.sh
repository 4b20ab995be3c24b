# shellcheck shell=sh
# A target that is leased to another guest answers nothing until the lease ends.
need_device_tools
bus="$(i2cdetect -l | sed -n 's/^i2c-\([0-9]*\).*i2c_virtio.*/\1/p')"
refused i2cget -y "$bus" 0x20 5
ask "release"
expect 0x42 "$(i2cget -y "$bus" 0x20 5)" "the register when the lease has ended"
