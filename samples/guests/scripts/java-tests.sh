# shellcheck shell=sh
# Runs JUnit tests in the guest: the classes CLASSES of the image on DISK (vda), which build-java.sh has made. MODULES are loaded
# before, each with options of its own (i2c-stub:chip_addr=0x50). Ends well if all of them ran, whatever came of each: that is
# said in lines of the tests' own.
need_device_tools
need_disk "/dev/${DISK:=vda}"
for module in $MODULES; do
  # shellcheck disable=SC2046  # name and options are words
  need_module $(echo "$module" | tr : ' ')
done
[ ! -d /sys/kernel/config ] || run mount -t configfs config /sys/kernel/config
mkdir -p /java
run mount -t ext4 -o ro "/dev/$DISK" /java
cd /tmp
# An emulated CPU gains nothing by the slower compiler.
status=0
LD_LIBRARY_PATH=/java/lib /java/runtime/bin/java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Xmx384m --enable-native-access=ALL-UNNAMED \
  -Dtroupe.test.patience=120 -Dlogback.configurationFile=logback-test.xml -cp '/java/classes/*' \
  dev.troupe.samples.guest.GuestSideRunner $CLASSES || status=$?
[ "$status" = 0 ] || { tail -n 40 target/guest-logs/*.log || true; }
[ "$status" -lt 2 ] || fail "Java ended with status $status"
