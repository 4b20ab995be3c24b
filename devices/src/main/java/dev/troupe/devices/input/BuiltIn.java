package dev.troupe.devices.input;

import java.util.BitSet;
import java.util.Map;
import java.util.stream.IntStream;

/** The devices that need nothing of the host: what an operator's commands move. */
enum BuiltIn {
    /** A keyboard with all keys that keyboards have, and three lights. */
    KEYBOARD(1, "Troupe keyboard"),
    /** A mouse with five buttons and two wheels. */
    MOUSE(2, "Troupe mouse"),
    /** A pointer that knows where on the screen it is; what guests like best. */
    TABLET(3, "Troupe tablet"),
    /** A touch screen for ten fingers. */
    MULTITOUCH(4, "Troupe touch screen");

    /** The range of built-in absolute axes; the guest stretches it over its screen. */
    private static final InputDescription.Axis POSITION = new InputDescription.Axis(0, 32767, 0, 0, 0);

    private static final InputDescription.Axis TEN_SLOTS = new InputDescription.Axis(0, 9, 0, 0, 0);
    private static final InputDescription.Axis TRACKING_ID = new InputDescription.Axis(0, 65535, 0, 0, 0);

    private final int product;
    private final String usualName;

    BuiltIn(int product, String usualName) {
        this.product = product;
        this.usualName = usualName;
    }

    /** What it is called unless the operator says otherwise. */
    String usualName() {
        return usualName;
    }

    /** Its description, under this name and serial number. */
    InputDescription describe(String name, String serial) {
        BitSet properties = new BitSet();
        properties.set(EventCodes.INPUT_PROP_DIRECT, this == MULTITOUCH);
        return new InputDescription(
                name,
                serial,
                new InputDescription.Ids(EventCodes.BUS_VIRTUAL, 0, product, 1),
                properties,
                codes(),
                axes());
    }

    private Map<Integer, BitSet> codes() {
        return switch (this) {
            case KEYBOARD ->
                Map.of(
                        EventCodes.EV_KEY, range(1, EventCodes.KEY_MICMUTE),
                        EventCodes.EV_LED, range(EventCodes.LED_NUML, EventCodes.LED_SCROLLL),
                        EventCodes.EV_REP, range(EventCodes.REP_DELAY, EventCodes.REP_PERIOD));
            case MOUSE ->
                Map.of(
                        EventCodes.EV_KEY, range(EventCodes.BTN_LEFT, EventCodes.BTN_EXTRA),
                        EventCodes.EV_REL,
                                bits(EventCodes.REL_X, EventCodes.REL_Y, EventCodes.REL_HWHEEL, EventCodes.REL_WHEEL));
            case TABLET ->
                Map.of(
                        EventCodes.EV_KEY, range(EventCodes.BTN_LEFT, EventCodes.BTN_EXTRA),
                        EventCodes.EV_REL, bits(EventCodes.REL_HWHEEL, EventCodes.REL_WHEEL),
                        EventCodes.EV_ABS, bits(EventCodes.ABS_X, EventCodes.ABS_Y));
            case MULTITOUCH ->
                Map.of(
                        EventCodes.EV_KEY, bits(EventCodes.BTN_TOUCH),
                        EventCodes.EV_ABS,
                                bits(
                                        EventCodes.ABS_X,
                                        EventCodes.ABS_Y,
                                        EventCodes.ABS_MT_SLOT,
                                        EventCodes.ABS_MT_POSITION_X,
                                        EventCodes.ABS_MT_POSITION_Y,
                                        EventCodes.ABS_MT_TRACKING_ID));
        };
    }

    private Map<Integer, InputDescription.Axis> axes() {
        return switch (this) {
            case KEYBOARD, MOUSE -> Map.of();
            case TABLET -> Map.of(EventCodes.ABS_X, POSITION, EventCodes.ABS_Y, POSITION);
            case MULTITOUCH ->
                Map.of(
                        EventCodes.ABS_X, POSITION,
                        EventCodes.ABS_Y, POSITION,
                        EventCodes.ABS_MT_SLOT, TEN_SLOTS,
                        EventCodes.ABS_MT_POSITION_X, POSITION,
                        EventCodes.ABS_MT_POSITION_Y, POSITION,
                        EventCodes.ABS_MT_TRACKING_ID, TRACKING_ID);
        };
    }

    private static BitSet bits(int... codes) {
        BitSet bits = new BitSet();
        IntStream.of(codes).forEach(bits::set);
        return bits;
    }

    private static BitSet range(int first, int last) {
        BitSet bits = new BitSet();
        bits.set(first, last + 1);
        return bits;
    }
}
