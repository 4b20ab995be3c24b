# shellcheck shell=sh
# Asks a disk with sg3_utils what a kernel does not: identification, limits, mode pages, supported commands, resets.
# DISK: which disk. SERIAL: the serial number it must have.
need_device_tools
disk="/dev/${DISK:?}"
need_disk "$disk"
contains() {
  grep -q -- "$1" /run/output || {
    cat /run/output
    fail "no '$1' in what '$2' said"
  }
}
run sg_turs "$disk"
run sg_inq "$disk"
contains "Vendor identification: TROUPE" sg_inq
contains "Unit serial number: $SERIAL" sg_inq
run sg_vpd -a "$disk"
contains "Logical block provisioning" "sg_vpd -a"
contains "Non-rotating medium" "sg_vpd -a"
for page in sn di ei bl bdc lbpv; do run sg_vpd -p "$page" "$disk"; done
run sg_readcap -l "$disk"
contains "Logical block provisioning: lbpme=1" "sg_readcap -l"
run sg_readcap "$disk"
run sg_luns "$disk"
run sg_modes -a "$disk"
contains "Caching" "sg_modes -a"
run sg_modes --six "$disk"
run sg_opcodes "$disk"
contains "Write same(16)" sg_opcodes
run sg_opcodes --opcode=0x93 "$disk"
run sg_requests "$disk"
run sg_sync "$disk"
run sg_sync --16 "$disk"
run sg_verify --lba=0 --count=8 "$disk"
run sg_verify --16 --lba=0 --count=8 "$disk"
refused sg_verify --lba=0xfffffff0 --count=1 "$disk"
run sg_write_same --16 --unmap --num=64 --lba=0 --xferlen=512 "$disk"
run sg_write_same --10 --num=64 --lba=64 --xferlen=512 "$disk"
yes | head -c 512 >/tmp/block
run dd if=/tmp/block of="$disk" bs=512 count=1 oflag=direct
run sg_verify --ndo=512 --in=/tmp/block --lba=0 --count=1 "$disk"
run sg_verify --16 --ndo=512 --in=/tmp/block --lba=0 --count=1 "$disk"
refused sg_verify --ndo=512 --in=/tmp/block --lba=1 --count=1 "$disk"
run sg_get_lba_status --lba=0 "$disk"
contains "mapped" "sg_get_lba_status of what was written"
run sg_unmap --lba=0 --num=2048 --force "$disk"
run sg_get_lba_status --lba=0 "$disk"
contains "deallocated" "sg_get_lba_status of what was given back"
refused sg_unmap --lba=0xfffffffffffffff0 --num=1 --force "$disk"
refused sg_raw "$disk" ff 00 00 00 00 00
run sg_reset --device --no-escalate "$disk"
# The reset is told once; then all is as before.
sg_turs "$disk" >/dev/null 2>&1 || true
run sg_turs "$disk"
run dd if="$disk" of=/dev/null bs=64k count=16 iflag=direct
say "all commands did what they should"
