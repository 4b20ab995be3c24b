package dev.troupe.devices.input;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.LongConsumer;

/**
 * What is pressed, switched and where things are: the values that last beyond the event that brought them. One holds how
 * things are, another one what the guest was told. For one thread.
 */
final class InputState {
    /** No more contacts than this are told apart; a device of the host with more is refused. */
    static final int MAX_SLOTS = 64;

    private static final int UNKNOWN = Integer.MIN_VALUE;
    private static final int NO_CONTACT = -1;
    private static final int SWITCHES = EventCodes.KEY_COUNT;
    private static final int AXES = SWITCHES + EventCodes.SW_COUNT;
    private static final int CONTACTS = AXES + EventCodes.ABS_COUNT;
    private static final int VALUES_A_CONTACT = EventCodes.ABS_MT_LAST - EventCodes.ABS_MT_FIRST + 1;
    private static final int CHANGES_A_REPORT = 16;

    private final InputDescription description;
    private final int[] values;
    private int slot;
    private int contactsBegun;

    /** Nothing is pressed or touched; where axes stand is unknown. */
    InputState(InputDescription description) {
        this.description = description;
        this.values = new int[CONTACTS + description.slots() * VALUES_A_CONTACT];
        Arrays.fill(values, AXES, values.length, UNKNOWN);
        releaseAll();
    }

    /** Everything is let go; axes stay where they are. */
    void releaseAll() {
        Arrays.fill(values, 0, SWITCHES, 0);
        for (int i = 0; i < description.slots(); i++) {
            values[contact(i, EventCodes.ABS_MT_TRACKING_ID)] = NO_CONTACT;
        }
    }

    /** From now on nothing is known, so that every difference to a known state is told. */
    void forget() {
        Arrays.fill(values, UNKNOWN);
        slot = UNKNOWN;
    }

    /** Takes an event in, if it is one that lasts and the device has it. */
    void apply(long event) {
        int type = InputWire.type(event);
        int code = InputWire.code(event);
        int value = InputWire.value(event);
        if (!description.has(type, code)) {
            return;
        }
        switch (type) {
            case EventCodes.EV_KEY -> set(code, EventCodes.KEY_COUNT, code, value);
            case EventCodes.EV_SW -> set(code, EventCodes.SW_COUNT, SWITCHES + code, value);
            case EventCodes.EV_ABS -> applyAxis(code, value);
            default -> {}
        }
    }

    private void set(int code, int limit, int index, int value) {
        if (code < limit) {
            values[index] = value;
        }
    }

    private void applyAxis(int code, int value) {
        if (code == EventCodes.ABS_MT_SLOT) {
            slot = value;
        } else if (!ofContact(code)) {
            set(code, EventCodes.ABS_COUNT, AXES + code, value);
        } else if (slot >= 0 && slot < description.slots()) {
            values[contact(slot, code)] = value;
        }
    }

    private boolean ofContact(int code) {
        return description.slots() > 0 && code >= EventCodes.ABS_MT_FIRST && code <= EventCodes.ABS_MT_LAST;
    }

    private static int contact(int slot, int code) {
        return CONTACTS + slot * VALUES_A_CONTACT + code - EventCodes.ABS_MT_FIRST;
    }

    /** Sets one value of a contact whichever slot is current, as a device of the host tells it when asked. */
    void setContact(int ofSlot, int code, int value) {
        values[contact(ofSlot, code)] = value;
    }

    /** Which slot later values of contacts are of. */
    int slot() {
        return slot;
    }

    /** An identity for a new contact, which none of the last 65535 has had. */
    int newTrackingId() {
        contactsBegun = (contactsBegun + 1) & 0xffff;
        return contactsBegun;
    }

    /** The identity of a slot's contact; negative for none. */
    int trackingId(int ofSlot) {
        return values[contact(ofSlot, EventCodes.ABS_MT_TRACKING_ID)];
    }

    /** How many slots hold a contact. */
    int contacts() {
        int held = 0;
        for (int i = 0; i < description.slots(); i++) {
            held += trackingId(i) >= 0 ? 1 : 0;
        }
        return held;
    }

    /** The keys and buttons that are held. */
    BitSet held() {
        BitSet held = new BitSet();
        for (int code = 0; code < EventCodes.KEY_COUNT; code++) {
            held.set(code, values[code] > 0);
        }
        return held;
    }

    /**
     * The reports that bring whoever knows another state to this one.
     *
     * @param known what the other one knows
     * @param out gets whole reports, of some changes each
     */
    void changesSince(InputState known, LongConsumer out) {
        ReportWriter reports = new ReportWriter(out);
        writeRange(EventCodes.EV_KEY, 0, EventCodes.KEY_COUNT, known, reports);
        writeRange(EventCodes.EV_SW, SWITCHES, EventCodes.SW_COUNT, known, reports);
        for (int i = 0; i < description.slots(); i++) {
            writeContact(i, known, reports);
        }
        writeRange(EventCodes.EV_ABS, AXES, EventCodes.ABS_COUNT, known, reports);
        boolean otherSlot = reports.wroteContact || slot != known.slot;
        if (otherSlot && slot >= 0 && description.slots() > 0) {
            reports.write(InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_SLOT, slot));
        }
        reports.end();
    }

    private void writeRange(int type, int first, int count, InputState known, ReportWriter reports) {
        for (int code = 0; code < count; code++) {
            if (description.has(type, code) && differs(first + code, known)) {
                reports.write(InputWire.event(type, code, values[first + code]));
                reports.endIfLong();
            }
        }
    }

    private void writeContact(int ofSlot, InputState known, ReportWriter reports) {
        boolean selected = false;
        // The identity comes first: values after it are those of the contact that it names.
        for (int i = 0; i < VALUES_A_CONTACT; i++) {
            int code = EventCodes.ABS_MT_FIRST
                    + (EventCodes.ABS_MT_TRACKING_ID - EventCodes.ABS_MT_FIRST + i) % VALUES_A_CONTACT;
            if (description.has(EventCodes.EV_ABS, code) && differs(contact(ofSlot, code), known)) {
                if (!selected) {
                    reports.write(InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_SLOT, ofSlot));
                    reports.wroteContact = true;
                    selected = true;
                }
                reports.write(InputWire.event(EventCodes.EV_ABS, code, values[contact(ofSlot, code)]));
            }
        }
        reports.endIfLong();
    }

    private boolean differs(int index, InputState known) {
        return values[index] != UNKNOWN && values[index] != known.values[index];
    }

    /** Puts changes into reports that are not too long. */
    private static final class ReportWriter {
        private final LongConsumer out;
        private int changes;
        private boolean wroteContact;

        ReportWriter(LongConsumer out) {
            this.out = out;
        }

        void write(long event) {
            out.accept(event);
            changes++;
        }

        void endIfLong() {
            if (changes >= CHANGES_A_REPORT) {
                end();
            }
        }

        void end() {
            if (changes > 0) {
                out.accept(EventCodes.REPORT_END);
                changes = 0;
            }
        }
    }
}
