# shellcheck shell=sh
# What the guest sees of a disk. DISK (vda): which disk.
disk="${DISK:-vda}"
need_disk "/dev/$disk"
say "size $(blockdev --getsize64 "/dev/$disk")"
say "logical block $(blockdev --getss "/dev/$disk")"
say "physical block $(blockdev --getpbsz "/dev/$disk")"
say "cache $(cat "/sys/block/$disk/queue/write_cache")"
say "queues $(find "/sys/block/$disk/mq" -mindepth 1 -maxdepth 1 | wc -l)"
say "serial $(cat "/sys/block/$disk/serial")"
run dd if="/dev/$disk" of=/dev/null bs=64k count=64 iflag=direct
no_kernel_errors
