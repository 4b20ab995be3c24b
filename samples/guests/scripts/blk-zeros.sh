# shellcheck shell=sh
# A disk that keeps nothing: takes whatever is written and reads as zeros. DISK (vda): which disk.
disk="${DISK:-vda}"
need_disk "/dev/$disk"
run dd if=/dev/urandom of="/dev/$disk" bs=64k count=16 oflag=direct conv=fsync
is_zero "/dev/$disk" 0 1024 || fail "$disk keeps what is written"
no_kernel_errors
say "$disk takes everything and reads as zeros"
