# shellcheck shell=sh
# Runs one script after the other, each as the host asks for it, until the host says "end". The host puts the scripts in
# front of this text, and asks with a line of a name and, quoted for the shell, variables: blk-basic DISK='vdb'. Each says
# BEGIN and then OK or FAIL, as if it were the guest's only one; the machine goes on in any case.
while :; do
  echo "TROUPE-WAIT next"
  IFS= read -r wanted || fail "the host closed the line"
  [ "$wanted" != end ] || break
  name="${wanted%% *}"
  rm -f "$REASON"
  dmesg -c >/dev/null
  echo "TROUPE-BEGIN $name"
  # A test of its status would switch -e off inside, so its status is looked at afterwards.
  set +e
  (
    set -eu
    eval "${wanted#"$name"}"
    # shellcheck source=/dev/null
    . "/run/scripts/$name"
  )
  status=$?
  set -e
  while umount /mnt 2>/dev/null; do :; done
  if [ "$status" = 0 ]; then
    echo "TROUPE-OK $name"
  elif [ -s "$REASON" ]; then
    echo "TROUPE-FAIL $name $(head -n 1 "$REASON")"
  else
    echo "TROUPE-FAIL $name a command ended with status $status"
  fi
done
