package dev.troupe.devices.scsi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * The registrations at a logical unit and its persistent reservation (SPC-4, 5.12). Immutable.
 *
 * @param generation PRGENERATION
 * @param registrations in the order in which they were made, one an initiator at most
 * @param holder who made the reservation; with an all-registrants type everybody registered holds it
 * @param type the reservation's type, {@link #NO_RESERVATION} if there is none
 */
record Reservations(int generation, List<Registration> registrations, Optional<String> holder, int type) {

    /** An initiator and its reservation key, which is never 0. */
    record Registration(String initiator, long key) {}

    static final Reservations NONE = new Reservations(0, List.of(), Optional.empty(), 0);

    /** No reservation has this type. */
    static final int NO_RESERVATION = 0;

    static final int WRITE_EXCLUSIVE = 1;
    static final int EXCLUSIVE_ACCESS = 3;
    static final int WRITE_EXCLUSIVE_REGISTRANTS_ONLY = 5;
    static final int EXCLUSIVE_ACCESS_REGISTRANTS_ONLY = 6;
    static final int WRITE_EXCLUSIVE_ALL_REGISTRANTS = 7;
    static final int EXCLUSIVE_ACCESS_ALL_REGISTRANTS = 8;

    /** Copies the list. */
    Reservations {
        registrations = List.copyOf(registrations);
    }

    static boolean isType(int type) {
        return switch (type) {
            case WRITE_EXCLUSIVE,
                    EXCLUSIVE_ACCESS,
                    WRITE_EXCLUSIVE_REGISTRANTS_ONLY,
                    EXCLUSIVE_ACCESS_REGISTRANTS_ONLY,
                    WRITE_EXCLUSIVE_ALL_REGISTRANTS,
                    EXCLUSIVE_ACCESS_ALL_REGISTRANTS -> true;
            default -> false;
        };
    }

    boolean isReserved() {
        return type != NO_RESERVATION;
    }

    boolean isForAllRegistrants() {
        return type >= WRITE_EXCLUSIVE_ALL_REGISTRANTS;
    }

    /** Whether everybody registered has access, whoever made the reservation. */
    boolean isForRegistrants() {
        return type >= WRITE_EXCLUSIVE_REGISTRANTS_ONLY;
    }

    boolean isHeldBy(String initiator) {
        return isForAllRegistrants()
                ? isRegistered(initiator)
                : isReserved() && holder.isPresent() && holder.get().equals(initiator);
    }

    /** The key by which the reservation is known; 0 if it is everybody's, or if there is none. */
    long holderKey() {
        return isForAllRegistrants()
                ? 0
                : holder.map(this::keyOf).orElse(OptionalLong.empty()).orElse(0);
    }

    boolean isRegistered(String initiator) {
        return keyOf(initiator).isPresent();
    }

    OptionalLong keyOf(String initiator) {
        for (Registration registration : registrations) {
            if (registration.initiator().equals(initiator)) {
                return OptionalLong.of(registration.key());
            }
        }
        return OptionalLong.empty();
    }

    /** Whether somebody's command is a reservation conflict (SPC-4 table 31). */
    boolean forbid(String initiator, Operation.Access access) {
        if (!isReserved() || access == Operation.Access.ANY) {
            return false;
        }
        if (isHeldBy(initiator) || (isForRegistrants() && isRegistered(initiator))) {
            return false;
        }
        boolean reading = access == Operation.Access.READ;
        boolean writeExclusive = type == WRITE_EXCLUSIVE
                || type == WRITE_EXCLUSIVE_REGISTRANTS_ONLY
                || type == WRITE_EXCLUSIVE_ALL_REGISTRANTS;
        return !(reading && writeExclusive);
    }

    Reservations reservedBy(String initiator, int newType) {
        return new Reservations(generation, registrations, Optional.of(initiator), newType);
    }

    Reservations released() {
        return new Reservations(generation, registrations, Optional.empty(), NO_RESERVATION);
    }

    Reservations nextGeneration() {
        return new Reservations(generation + 1, registrations, holder, type);
    }

    Reservations registered(String initiator, long key) {
        List<Registration> all = new ArrayList<>(registrations);
        all.removeIf(r -> r.initiator().equals(initiator));
        all.add(new Registration(initiator, key));
        return new Reservations(generation, all, holder, type);
    }

    /** Without some registrations; a reservation goes with its holder, or with the last registration. */
    Reservations without(Predicate<Registration> which) {
        List<Registration> left = registrations.stream().filter(which.negate()).toList();
        Reservations now = new Reservations(generation, left, holder, type);
        boolean held = isForAllRegistrants()
                ? !left.isEmpty()
                : holder.filter(now::isRegistered).isPresent();
        return isReserved() && !held ? now.released() : now;
    }
}
