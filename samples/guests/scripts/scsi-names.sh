# shellcheck shell=sh
# Says which disk or drive is at which target and LUN of which host: names are given in the order in which the kernel is done.
# HOST TARGET:LUN, such as 0 2:1; hosts are counted from 0 in the order of the devices.
need_device_tools
# scsi_hosts: those of virtio, in the order of their PCI addresses.
scsi_hosts() {
  for host in /sys/class/scsi_host/host*; do
    case "$(cat "$host/proc_name")" in virtio_scsi*) readlink -f "$host" ;; esac
  done | sort | sed 's|.*/host||'
}
number=0
for host in $(scsi_hosts); do
  for unit in /sys/class/scsi_device/"$host":*; do
    place="${unit##*/}"
    place="${place#*:*:}"
    found() { [ -n "$(ls "$unit/device/block" 2>/dev/null)" ]; }
    until_true 20 found || fail "no disk at $place of host $number"
    say "host $number $place $(ls "$unit/device/block") $(basename "$(readlink "$unit/device/driver")")"
  done
  number=$((number + 1))
done
