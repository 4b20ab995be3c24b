package dev.troupe.devices.i2c;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which targets of a bus belong to one of its users alone: as long as the user is there, or until a lease ends. A user's
 * transfers renew its lease, and others wait for its end, but not for ever: once somebody waits, a lease ends after
 * {@value #MOST_LENGTHS} times its length, however often it is renewed. Knows no clock; guarded by the bus.
 */
final class BusLeases {
    private static final int MOST_LENGTHS = 10;

    private final Map<Integer, BusUser> owners = new TreeMap<>();
    private final Map<Integer, Lease> leases = new TreeMap<>();

    /** Until when a target is a user's. What an operator granted is neither renewed nor cut short. */
    private static final class Lease {
        private final BusUser user;
        private final boolean granted;
        private long untilNanos;
        private @Nullable Long latestNanos;

        Lease(BusUser user, boolean granted, long untilNanos) {
            this.user = user;
            this.granted = granted;
            this.untilNanos = untilNanos;
        }

        long leftNanos(long nowNanos) {
            return untilNanos - nowNanos;
        }

        void somebodyWaits(long nowNanos) {
            if (!granted && latestNanos == null) {
                latestNanos = nowNanos + MOST_LENGTHS * user.leaseNanos();
            }
        }

        void renew(long nowNanos) {
            long wanted = nowNanos + user.leaseNanos();
            Long latest = latestNanos;
            if (!granted) {
                untilNanos = latest != null && latest - wanted < 0 ? latest : wanted;
            }
        }
    }

    /** The user whose the target is as long as it is there. */
    Optional<BusUser> owner(int address) {
        return Optional.ofNullable(owners.get(address));
    }

    /** Makes targets a user's that are nobody's. */
    void own(BusUser user, Set<Integer> addresses) {
        addresses.forEach(address -> owners.put(address, user));
    }

    /** Whether no other user owns the target. */
    boolean mayUse(BusUser user, int address) {
        return owner(address).filter(owner -> owner != user).isEmpty();
    }

    /** How long a user that wants these targets now has to wait for the end of others' leases; 0 if not at all. */
    long waitNanos(BusUser user, Collection<Integer> addresses, long nowNanos) {
        long wait = 0;
        for (int address : addresses) {
            Lease lease = current(address, nowNanos);
            if (lease != null && lease.user != user) {
                lease.somebodyWaits(nowNanos);
                wait = Math.max(wait, lease.leftNanos(nowNanos));
            }
        }
        return wait;
    }

    /** A user has used these targets. */
    void used(BusUser user, Collection<Integer> addresses, long nowNanos) {
        for (int address : addresses) {
            Lease lease = current(address, nowNanos);
            if (lease != null && lease.user == user) {
                lease.renew(nowNanos);
            } else if (user.leaseNanos() > 0) {
                leases.put(address, new Lease(user, false, nowNanos + user.leaseNanos()));
            }
        }
    }

    /**
     * An operator wants a target to be a user's for so long.
     *
     * @return the user that stands in the way: it owns the target, or an operator granted it before
     */
    Optional<BusUser> grant(BusUser user, int address, long lengthNanos, long nowNanos) {
        Lease lease = current(address, nowNanos);
        if (!mayUse(user, address)) {
            return owner(address);
        }
        if (lease != null && lease.granted && lease.user != user) {
            return Optional.of(lease.user);
        }
        leases.put(address, new Lease(user, true, nowNanos + lengthNanos));
        return Optional.empty();
    }

    /** Ends a user's lease of a target; whether it had one. */
    boolean release(BusUser user, int address, long nowNanos) {
        Lease lease = current(address, nowNanos);
        return lease != null && lease.user == user && leases.remove(address, lease);
    }

    /** Whatever a user had is free. */
    void forget(BusUser user) {
        owners.values().removeIf(owner -> owner == user);
        leases.values().removeIf(lease -> lease.user == user);
    }

    private @Nullable Lease current(int address, long nowNanos) {
        Lease lease = leases.get(address);
        return lease != null && lease.leftNanos(nowNanos) > 0 ? lease : null;
    }

    /** A line for each target that a configuration or an operator made somebody's alone. */
    String describe(long nowNanos) {
        StringBuilder lines = new StringBuilder();
        owners.forEach(
                (address, user) -> lines.append("%s belongs to %s%n".formatted(TargetAddress.format(address), user)));
        leases.forEach((address, lease) -> {
            long leftNanos = lease.leftNanos(nowNanos);
            if (lease.granted && leftNanos > 0) {
                lines.append("%s is leased to %s for another %d s%n"
                        .formatted(
                                TargetAddress.format(address),
                                lease.user,
                                Math.ceilDiv(leftNanos, TimeUnit.SECONDS.toNanos(1))));
            }
        });
        return lines.toString();
    }
}
