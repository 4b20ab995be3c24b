# shellcheck shell=sh
# The guest's hardware random source is virtio's, it delivers, and what it delivers looks random.
# BLOCKS (1000): how many blocks of 2500 bytes rngtest looks at.
current=/sys/class/misc/hw_random/rng_current
until_true 10 grep -q '^virtio_rng' "$current" || fail "the random source is '$(cat "$current")', not virtio_rng"
say "hwrng is $(cat "$current")"
run dd if=/dev/hwrng of=/run/one bs=64 count=1 iflag=fullblock
run dd if=/dev/hwrng of=/run/two bs=64 count=1 iflag=fullblock
refused cmp -s /run/one /run/two

blocks="${BLOCKS:-1000}"
# A true source fails about 0.08 % of the blocks, so rngtest's own exit status says nothing.
rngtest -c "$blocks" </dev/hwrng >/run/rngtest 2>&1 || true
failures="$(sed -n 's/.*FIPS 140-2 failures: *//p' /run/rngtest)"
successes="$(sed -n 's/.*FIPS 140-2 successes: *//p' /run/rngtest)"
say "rngtest: $successes good blocks, $failures bad ones"
expect "$blocks" "$((successes + failures))" "blocks looked at"
[ "$failures" -le $((blocks / 200 + 3)) ] || fail "$failures of $blocks blocks do not look random"
