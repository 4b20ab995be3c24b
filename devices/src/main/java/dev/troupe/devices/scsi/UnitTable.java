package dev.troupe.devices.scsi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The logical units of a device by their addresses. Immutable: a change makes another table. */
final class UnitTable {
    static final UnitTable EMPTY = new UnitTable(List.of());

    private final Nexus[] nexuses;
    private final int[] addresses;

    private UnitTable(List<Nexus> all) {
        nexuses = all.stream().sorted(Comparator.comparingInt(Nexus::address)).toArray(Nexus[]::new);
        addresses = Arrays.stream(nexuses).mapToInt(Nexus::address).toArray();
    }

    /** The unit at an address, or {@code null}. */
    @Nullable
    Nexus find(int address) {
        // Guest-controlled: the address is only searched for.
        int at = Arrays.binarySearch(addresses, address);
        return at < 0 ? null : nexuses[at];
    }

    Optional<Nexus> named(String name) {
        return all().stream()
                .filter(n -> n.unit().settings().name().equals(name))
                .findFirst();
    }

    boolean hasTarget(int target) {
        int at = Arrays.binarySearch(addresses, LunAddress.of(target, 0));
        int next = at < 0 ? -at - 1 : at;
        return next < addresses.length && LunAddress.target(addresses[next]) == target;
    }

    /** The units of one target, by LUN. */
    List<Nexus> ofTarget(int target) {
        return all().stream()
                .filter(n -> LunAddress.target(n.address()) == target)
                .toList();
    }

    List<Nexus> all() {
        return List.of(nexuses);
    }

    UnitTable with(Nexus nexus) {
        List<Nexus> all = new ArrayList<>(all());
        all.add(nexus);
        return new UnitTable(all);
    }

    UnitTable without(Nexus nexus) {
        return new UnitTable(all().stream().filter(n -> n != nexus).toList());
    }
}
