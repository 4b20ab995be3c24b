# shellcheck shell=sh
# Two ways to the same unit: what one of them reserves the other cannot write, until it is released or taken over.
# FIRST, SECOND: the disks. REGISTERED (unset): what the host must still know from before.
need_device_tools
first="/dev/${FIRST:?}"
second="/dev/${SECOND:?}"
need_disk "$first"
need_disk "$second"
# Attentions of registrations that were preempted or released are told once.
settled() { sg_turs "$1" >/dev/null 2>&1 || sg_turs "$1" >/dev/null 2>&1 || true; }
keys() { sg_persist --in --no-inquiry --read-keys "$1" 2>&1; }
write() { sg_raw --send=512 --infile=/dev/zero "$1" 2a 00 00 00 00 00 00 00 01 00; }
settled "$first"
settled "$second"
if [ -n "${REGISTERED:-}" ]; then
  keys "$first" | grep -q 0xabc || fail "the registration is lost: $(keys "$first")"
  sg_persist --in --no-inquiry --read-reservation "$second" 2>&1 | grep -q "Write Exclusive" || fail "the reservation is lost"
  refused write "$second"
  run sg_persist --out --no-inquiry --clear --param-rk=0xabc "$first"
  settled "$second"
  run write "$second"
  say "the reservation was still there"
else
  run sg_persist --out --no-inquiry --register --param-sark=0x123 "$first"
  run sg_persist --out --no-inquiry --register --param-sark=0xabc "$second"
  run sg_persist --out --no-inquiry --reserve --param-rk=0x123 --prout-type=3 "$first"
  run write "$first"
  refused write "$second"
  run sg_persist --out --no-inquiry --preempt --param-rk=0xabc --param-sark=0x123 --prout-type=1 "$second"
  settled "$first"
  run write "$second"
  refused write "$first"
  run sg_persist --in --no-inquiry --read-full-status "$second"
  run sg_persist --in --no-inquiry --report-capabilities "$second"
  run sg_persist --out --no-inquiry --clear --param-rk=0xabc "$second"
  settled "$first"
  run write "$first"
  run sg_persist --out --no-inquiry --register --param-sark=0xabc "$first"
  run sg_persist --out --no-inquiry --reserve --param-rk=0xabc --prout-type=1 "$first"
  say "one at a time could write"
fi
