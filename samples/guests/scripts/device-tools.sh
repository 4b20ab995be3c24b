# shellcheck shell=sh
# What tests of other devices than disks need is there: each tool starts, each driver is loaded or built in, and modules
# that scripts may ask for can be loaded. Says the versions of the tools whose arguments change.
need_device_tools
for tool in socat fstrim agetty evtest lsscsi i2cdetect i2cdump i2cget i2cset i2ctransfer gpiodetect gpiofind gpioget \
  gpioinfo gpiomon gpioset sg_inq sg_luns sg_persist sg_raw sg_readcap sg_unmap sg_vpd kmod vsock_test; do
  at="$(command -v "$tool")" || fail "no $tool"
  # What the loader or a library misses ends with 127; how each of them asks to be called differs.
  status=0
  "$at" --help >/run/output 2>&1 </dev/null || status=$?
  [ "$status" -lt 126 ] || fail "$tool does not start: $(cat /run/output)"
done
say "gpiodetect: $(gpiodetect --version | head -n 1)"
say "i2cdetect: $(i2cdetect -V 2>&1)"

for driver in vmw_vsock_virtio_transport virtio_net virtio_console virtio_input virtio_scsi gpio_virtio i2c_virtio; do
  [ -d "/sys/bus/virtio/drivers/$driver" ] || fail "no driver $driver; there are: $(cd /sys/bus/virtio/drivers && echo *)"
done
for driver in sd sr; do
  [ -d "/sys/bus/scsi/drivers/$driver" ] || fail "no driver $driver"
done

need_module uinput
[ -c /dev/uinput ] || fail "no /dev/uinput"
need_module i2c-stub chip_addr=0x50
bus="$(i2cdetect -l | sed -n 's/^i2c-\([0-9]*\).*SMBus stub driver.*/\1/p')"
run i2cset -y "$bus" 0x50 0x10 0x42
expect 0x42 "$(i2cget -y "$bus" 0x50 0x10)" "the byte written to the stub"
need_module gpio-sim
need_module i2c-i801
need_module at24
need_module lm75
need_module isofs
grep -q iso9660 /proc/filesystems || fail "no iso9660"
say "all tools and drivers are there"
