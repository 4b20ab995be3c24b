package dev.troupe.devices.input;

/** Those of Linux's event types and codes (input-event-codes.h) that Troupe has to know by itself. */
final class EventCodes {
    static final int EV_SYN = 0x00;
    static final int EV_KEY = 0x01;
    static final int EV_REL = 0x02;
    static final int EV_ABS = 0x03;
    static final int EV_MSC = 0x04;
    static final int EV_SW = 0x05;
    static final int EV_LED = 0x11;
    static final int EV_SND = 0x12;
    static final int EV_REP = 0x14;
    static final int EV_MAX = 0x1f;

    static final int SYN_REPORT = 0;
    static final int SYN_DROPPED = 3;

    static final int KEY_MICMUTE = 248;
    static final int KEY_COUNT = 0x300;
    static final int BTN_LEFT = 0x110;
    static final int BTN_RIGHT = 0x111;
    static final int BTN_MIDDLE = 0x112;
    static final int BTN_SIDE = 0x113;
    static final int BTN_EXTRA = 0x114;
    static final int BTN_TOUCH = 0x14a;

    static final int REL_X = 0x00;
    static final int REL_Y = 0x01;
    static final int REL_HWHEEL = 0x06;
    static final int REL_WHEEL = 0x08;

    static final int ABS_X = 0x00;
    static final int ABS_Y = 0x01;
    static final int ABS_MT_SLOT = 0x2f;

    /** Codes from here to {@link #ABS_MT_LAST} are those of one contact: the one in the current slot. */
    static final int ABS_MT_FIRST = 0x30;

    static final int ABS_MT_POSITION_X = 0x35;
    static final int ABS_MT_POSITION_Y = 0x36;
    static final int ABS_MT_TRACKING_ID = 0x39;
    static final int ABS_MT_LAST = 0x3d;
    static final int ABS_COUNT = 0x40;

    static final int SW_COUNT = 0x20;

    static final int LED_NUML = 0;
    static final int LED_CAPSL = 1;
    static final int LED_SCROLLL = 2;
    static final int LED_COUNT = 0x10;

    static final int REP_DELAY = 0;
    static final int REP_PERIOD = 1;

    static final int INPUT_PROP_DIRECT = 1;
    static final int BUS_VIRTUAL = 6;

    /** Ends every report. */
    static final long REPORT_END = InputWire.event(EV_SYN, SYN_REPORT, 0);

    private EventCodes() {}
}
