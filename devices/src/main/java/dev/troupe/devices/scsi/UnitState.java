package dev.troupe.devices.scsi;

import java.util.Optional;

/**
 * What initiators, and operators, have made of a logical unit and must find again after anything but its removal.
 *
 * @param sequence counts changes, so that of two records of the same unit the newer one is known
 * @param writeCache whether there is a write cache (WCE, SBC-3 6.4.5)
 * @param descriptorSense whether sense data has descriptor format (D_SENSE, SPC-4 7.5.9)
 * @param medium the image that was inserted, empty if the medium was ejected; absent: as configured
 * @param reservations registrations and the reservation
 * @param lastOrder tells the PERSISTENT RESERVE OUT that was carried out last from every other
 */
record UnitState(
        long sequence,
        boolean writeCache,
        boolean descriptorSense,
        Optional<String> medium,
        Reservations reservations,
        long lastOrder) {

    static UnitState initial(boolean writeCache) {
        return new UnitState(0, writeCache, false, Optional.empty(), Reservations.NONE, 0);
    }

    UnitState withModes(boolean cache, boolean descriptor) {
        return new UnitState(sequence + 1, cache, descriptor, medium, reservations, lastOrder);
    }

    UnitState withMedium(Optional<String> now) {
        return new UnitState(sequence + 1, writeCache, descriptorSense, now, reservations, lastOrder);
    }

    /** The same with what is known here of the medium; that is no change. */
    UnitState holding(Optional<String> here) {
        return new UnitState(sequence, writeCache, descriptorSense, here, reservations, lastOrder);
    }

    UnitState with(Reservations changed, long order) {
        return new UnitState(sequence + 1, writeCache, descriptorSense, medium, changed, order);
    }
}
