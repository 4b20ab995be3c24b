package dev.troupe.devices.input;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Evdev;
import dev.troupe.transport.sys.Fd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Reads events of a device of the host and puts them together to whole reports. What the guest's kernel makes by itself
 * (repeated keys) or has told the device (lights) is left out. For one thread.
 */
final class HostReports {
    /** The most events of a report; a device with more of them at once is none that people use. */
    private static final int MOST_EVENTS = 1024;

    private static final int EVENTS_A_READ = 64;
    private static final int KEY_REPEATED = 2;

    private final InputDescription description;
    private final Listener listener;
    private final MemorySegment buffer = Arena.ofAuto().allocate((long) EVENTS_A_READ * Evdev.EVENT_BYTES, Long.BYTES);
    private final long[] report = new long[MOST_EVENTS];
    private int count;
    private boolean lost;

    /** Who gets what was read. */
    interface Listener {
        /** A whole report, the last event of which ends it. */
        void report(long[] events, int count);

        /** Reports were lost: only asking the device tells how it stands. */
        void lost();
    }

    HostReports(InputDescription description, Listener listener) {
        this.description = description;
        this.listener = listener;
    }

    /** Forgets a report that has begun: the device is another one now. */
    void beginAnew() {
        lost = false;
        count = 0;
    }

    /**
     * Reads some of what is there.
     *
     * @return 0 if there may be more, or minus the error: EAGAIN if there is nothing left
     */
    int read(Fd device) {
        int got = Evdev.read(device, buffer);
        for (long at = 0; at + Evdev.EVENT_BYTES <= got; at += Evdev.EVENT_BYTES) {
            take(Evdev.type(buffer, at), Evdev.code(buffer, at), Evdev.value(buffer, at));
        }
        return got > 0 ? 0 : got == 0 ? -Errno.ENODEV : got;
    }

    private void take(int type, int code, int value) {
        if (type == EventCodes.EV_SYN) {
            synchronise(code);
        } else if (passes(type, code, value)) {
            // The place of the report's end is kept free.
            lost |= count == MOST_EVENTS - 1;
            if (!lost) {
                report[count++] = InputWire.event(type, code, value);
            }
        }
    }

    private boolean passes(int type, int code, int value) {
        return switch (type) {
            case EventCodes.EV_KEY -> value != KEY_REPEATED && description.has(type, code);
            case EventCodes.EV_REL, EventCodes.EV_ABS, EventCodes.EV_MSC, EventCodes.EV_SW ->
                description.has(type, code);
            default -> false;
        };
    }

    private void synchronise(int code) {
        if (code == EventCodes.SYN_DROPPED) {
            lost = true;
        } else if (code == EventCodes.SYN_REPORT) {
            if (lost) {
                listener.lost();
            } else if (count > 0) {
                report[count++] = EventCodes.REPORT_END;
                listener.report(report, count);
            }
            lost = false;
            count = 0;
        } else if (!lost && count < MOST_EVENTS - 1) {
            report[count++] = InputWire.event(EventCodes.EV_SYN, code, 0);
        }
    }
}
