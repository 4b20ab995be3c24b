package dev.troupe.devices.scsi;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What each service action of PERSISTENT RESERVE OUT makes of the reservations there are (SPC-4, 5.12 and 6.15). */
final class ReserveOut {
    static final int REGISTER = 0;
    static final int RESERVE = 1;
    static final int RELEASE = 2;
    static final int CLEAR = 3;
    static final int PREEMPT = 4;
    static final int PREEMPT_AND_ABORT = 5;
    static final int REGISTER_AND_IGNORE_EXISTING_KEY = 6;

    /** So many guests at most share a unit. */
    static final int MAX_REGISTRATIONS = 64;

    /** Somebody who has to be told, and of what. */
    record Notice(String initiator, Sense sense) {}

    /**
     * What came of an order.
     *
     * @param now the reservations from now on
     * @param refusal why it was refused, or {@code null}
     * @param conflict whether it was a reservation conflict
     * @param notices who has to be told
     */
    record Result(Reservations now, @Nullable Sense refusal, boolean conflict, List<Notice> notices) {}

    private final Reservations before;
    private final String initiator;
    private final int type;
    private final long key;
    private final long serviceActionKey;

    /**
     * An order.
     *
     * @param type the scope and type of the CDB
     */
    ReserveOut(Reservations before, String initiator, int type, long key, long serviceActionKey) {
        this.before = before;
        this.initiator = initiator;
        this.type = type;
        this.key = key;
        this.serviceActionKey = serviceActionKey;
    }

    Result execute(int serviceAction) {
        OptionalLong registered = before.keyOf(initiator);
        if (serviceAction == REGISTER_AND_IGNORE_EXISTING_KEY) {
            return register();
        }
        if (registered.orElse(0) != key || (registered.isEmpty() && serviceAction != REGISTER)) {
            return new Result(before, null, true, List.of());
        }
        return switch (serviceAction) {
            case REGISTER -> register();
            case RESERVE -> reserve();
            case RELEASE -> release();
            case CLEAR -> clear();
            case PREEMPT, PREEMPT_AND_ABORT -> preempt();
            default -> refused(Sense.INVALID_FIELD_IN_CDB);
        };
    }

    private Result refused(Sense sense) {
        return new Result(before, sense, false, List.of());
    }

    private Result register() {
        if (serviceActionKey != 0) {
            if (!before.isRegistered(initiator) && before.registrations().size() >= MAX_REGISTRATIONS) {
                return refused(Sense.INSUFFICIENT_REGISTRATION_RESOURCES);
            }
            return done(before.registered(initiator, serviceActionKey).nextGeneration(), List.of());
        }
        Reservations now = before.without(r -> r.initiator().equals(initiator));
        boolean released = before.isReserved() && !now.isReserved() && before.isForRegistrants();
        return done(now.nextGeneration(), released ? others(now, Sense.RESERVATIONS_RELEASED) : List.of());
    }

    private Result reserve() {
        if (!Reservations.isType(type)) {
            return refused(Sense.INVALID_FIELD_IN_CDB);
        }
        if (!before.isReserved()) {
            return done(before.reservedBy(initiator, type), List.of());
        }
        return new Result(before, null, !before.isHeldBy(initiator) || before.type() != type, List.of());
    }

    private Result release() {
        if (!before.isHeldBy(initiator)) {
            return done(before, List.of());
        }
        if (before.type() != type) {
            return refused(Sense.INVALID_RELEASE_OF_PERSISTENT_RESERVATION);
        }
        Reservations now = before.released();
        return done(now, before.isForRegistrants() ? others(now, Sense.RESERVATIONS_RELEASED) : List.of());
    }

    private Result clear() {
        Reservations now = before.without(r -> true).nextGeneration();
        return done(now, others(before, Sense.RESERVATIONS_PREEMPTED));
    }

    private Result preempt() {
        boolean reservation = before.isReserved() && before.holderKey() == serviceActionKey;
        boolean all = reservation && before.isForAllRegistrants();
        if (!reservation && serviceActionKey == 0) {
            return refused(Sense.INVALID_FIELD_IN_PARAMETER_LIST);
        }
        if (reservation && !Reservations.isType(type)) {
            return refused(Sense.INVALID_FIELD_IN_CDB);
        }
        List<String> preempted = before.registrations().stream()
                .filter(r -> all || r.key() == serviceActionKey)
                .map(Reservations.Registration::initiator)
                .filter(i -> !i.equals(initiator))
                .toList();
        if (!reservation && preempted.isEmpty()) {
            return new Result(before, null, true, List.of());
        }
        Reservations now =
                before.without(r -> preempted.contains(r.initiator())).nextGeneration();
        List<Notice> notices = new ArrayList<>();
        preempted.forEach(i -> notices.add(new Notice(i, Sense.REGISTRATIONS_PREEMPTED)));
        if (reservation && before.type() != type) {
            notices.addAll(others(now, Sense.RESERVATIONS_RELEASED));
        }
        return done(reservation ? now.reservedBy(initiator, type) : now, notices);
    }

    private static Result done(Reservations now, List<Notice> notices) {
        return new Result(now, null, false, notices);
    }

    private List<Notice> others(Reservations registered, Sense sense) {
        return registered.registrations().stream()
                .map(Reservations.Registration::initiator)
                .filter(i -> !i.equals(initiator))
                .map(i -> new Notice(i, sense))
                .toList();
    }
}
