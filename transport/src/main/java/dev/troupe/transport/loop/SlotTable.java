package dev.troupe.transport.loop;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Everything the kernel has under way, by the 64-bit number that travels through it: 32 bits of place, 32 bits of generation,
 * so that a late event for a place that was given to another is recognised. Grows, allocates nothing otherwise.
 */
final class SlotTable {
    private @Nullable Slot[] slots = new Slot[64];
    private int[] generations = new int[64];
    private int[] free = new int[64];
    private int freeCount;
    private int used;

    SlotTable() {
        addFree(0);
    }

    /** Gives the slot its number. */
    void add(Slot slot) {
        if (freeCount == 0) {
            grow();
        }
        int place = free[--freeCount];
        slots[place] = slot;
        used++;
        slot.userData = Integer.toUnsignedLong(place) | ((long) generations[place] << 32);
    }

    /** Whose number this is; null if it has been removed. */
    @Nullable
    Slot find(long userData) {
        int place = (int) userData;
        boolean known = place >= 0 && place < slots.length && generations[place] == (int) (userData >>> 32);
        return known ? slots[place] : null;
    }

    /** Takes the number back: nothing more can happen to it. */
    void remove(Slot slot) {
        int place = (int) slot.userData;
        slots[place] = null;
        generations[place]++;
        free[freeCount++] = place;
        used--;
    }

    int used() {
        return used;
    }

    private void grow() {
        int before = slots.length;
        slots = Arrays.copyOf(slots, before * 2);
        generations = Arrays.copyOf(generations, before * 2);
        free = new int[before * 2];
        addFree(before);
    }

    private void addFree(int from) {
        for (int place = slots.length - 1; place >= from; place--) {
            free[freeCount++] = place;
        }
    }
}
