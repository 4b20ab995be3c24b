# shellcheck shell=sh
# Flushes of a disk that nothing is written to, so that flushes are the only requests. DISK (vda): which disk. ROUNDS
# (20): how many. The host sends a line when it has counted what came before, and may count again afterwards.
disk="${DISK:-vda}"
need_disk "/dev/$disk"
flush() { run dd if=/dev/null of="/dev/$disk" count=0 conv=notrunc,fsync; }
# What the kernel itself wanted to know of the disk has been read by now.
flush
before="$(flushes_of "$disk")"
ask count
count=0
while [ "$count" -lt "${ROUNDS:-20}" ]; do
  flush
  count=$((count + 1))
done
say "flushes $(($(flushes_of "$disk") - before))"
ask count
no_kernel_errors
