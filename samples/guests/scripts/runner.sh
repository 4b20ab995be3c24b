# shellcheck shell=sh
# Runs the one script of this guest and says how it went, in lines a test can wait for:
#
#   TROUPE-BEGIN name           the script starts
#   TROUPE-INFO text            what it found or did
#   TROUPE-WAIT what            it waits for one line from the host
#   TROUPE-OK name              all of it held
#   TROUPE-FAIL name reason     the first thing that did not
#
# It runs in busybox's shell with -eu: any command that fails ends the script. /run/arguments sets SCRIPT (its name) and
# whatever the host wants to tell it.
set -eu
# shellcheck source=/dev/null
. /run/arguments
REASON=/run/reason

say() { echo "TROUPE-INFO $*"; }

# fail REASON…: ends the script; works in a subshell too.
fail() {
  echo "$*" >"$REASON"
  exit 1
}

# run COMMAND…: the command, its output kept back and shown only if it fails.
run() {
  "$@" >/run/output 2>&1 || {
    cat /run/output
    fail "'$*' failed"
  }
}

# refused COMMAND…: the command must fail.
refused() {
  if "$@" >/run/output 2>&1; then
    cat /run/output
    fail "'$*' was not refused"
  fi
}

# expect WANTED FOUND WHAT
expect() { [ "$1" = "$2" ] || fail "$3: expected '$1', found '$2'"; }

# ask WHAT: tells the host what is waited for and goes on when it sends a line.
ask() {
  echo "TROUPE-WAIT $1"
  IFS= read -r _ || fail "the host closed the line while '$1' was waited for"
}

# until_true LIMIT_SECONDS COMMAND…: tries ten times a second.
until_true() {
  tries=$(($1 * 10))
  shift
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.1
  done
}

# need_device_tools: a script that says this word is run with the additional initramfs; build-initramfs.sh says what is in it.
need_device_tools() { [ -x /usr/sbin/kmod ] || fail "this guest was started without initrd-devices.cpio"; }

# need_module NAME OPTION…: loads it.
need_module() { run modprobe "$@"; }

need_disk() { until_true 10 [ -b "$1" ] || fail "no $1; disks here: $(echo /sys/block/*)"; }

# no_kernel_errors: what a disk that lost a request leaves behind.
no_kernel_errors() {
  if dmesg | grep -iE 'I/O error|critical (target|medium|space|nexus) error|EXT4-fs error|hung task|blocked for more' >/run/kernel-errors; then
    cat /run/kernel-errors
    fail "the kernel reported errors"
  fi
}

# flushes_of DISK: how many flush requests the kernel has finished on it.
flushes_of() { awk '{ print $16 }' "/sys/block/$1/stat"; }

# is_zero DEVICE OFFSET_KIB LENGTH_KIB: both multiples of 64.
is_zero() {
  dd if="$1" bs=64k skip="$(($2 / 64))" count="$(($3 / 64))" iflag=direct 2>/dev/null | cmp -s -n $(($3 * 1024)) - /dev/zero
}

finished() {
  status=$?
  trap - EXIT
  if [ "$status" = 0 ]; then
    echo "TROUPE-OK $SCRIPT"
  elif [ -s "$REASON" ]; then
    echo "TROUPE-FAIL $SCRIPT $(head -n 1 "$REASON")"
  else
    echo "TROUPE-FAIL $SCRIPT a command ended with status $status"
  fi
}

trap finished EXIT
echo "TROUPE-BEGIN $SCRIPT"
# shellcheck source=/dev/null
. /run/script
