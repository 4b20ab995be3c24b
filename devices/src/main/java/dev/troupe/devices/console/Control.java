package dev.troupe.devices.console;

import dev.troupe.devices.filling.FillingQueue;
import dev.troupe.transport.ring.ChainWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the driver has been told of the ports, and has said of them (section 5.3.6.2). The next message follows from what it
 * does not know yet, so there is nothing that could fill up. Loop thread only.
 */
final class Control {
    private static final int PORT_STATE_BYTES = 5;

    private final List<Port> ports;
    private final PortKnowledge[] known;
    private final ScreenSize size;
    private final boolean rowsFirst;
    private final Runnable stateChanged;
    private Runnable waiter = () -> {};
    private boolean driverReady;

    /** What the driver knows of one port. */
    private static final class PortKnowledge {
        private static final int ADDED = 1;
        private static final int READY = 2;
        private static final int CONSOLE = 4;
        private static final int NAME = 8;
        private static final int OPEN_TOLD = 16;
        private static final int OPEN = 32;
        private static final int GUEST_OPEN = 64;
        private static final int ALL = 127;

        private int flags;
        private int columns;
        private int rows;

        boolean has(int flag) {
            return (flags & flag) != 0;
        }

        void set(int flag, boolean on) {
            flags = on ? flags | flag : flags & ~flag;
        }

        void forget() {
            flags = 0;
            columns = 0;
            rows = 0;
        }
    }

    /** A message for the driver. */
    private record Message(Port port, int event, int value) {}

    /**
     * @param ports filled, by number, before anything else is called
     * @param portCount how many they will be
     * @param rowsFirst whether a new size is told as Linux read it before 6.15
     * @param stateChanged is run when {@link #save} would write something else
     */
    Control(List<Port> ports, int portCount, ScreenSize size, boolean rowsFirst, Runnable stateChanged) {
        this.stateChanged = stateChanged;
        this.ports = ports;
        this.size = size;
        this.rowsFirst = rowsFirst;
        this.known = new PortKnowledge[portCount];
        for (int i = 0; i < known.length; i++) {
            known[i] = new PortKnowledge();
        }
    }

    /** What fills the driver's buffers of the control receiveq. */
    FillingQueue.Supply supply() {
        return new FillingQueue.Supply() {
            @Override
            public boolean hasMore() {
                return next() != null;
            }

            @Override
            public int leastBytes() {
                return ConsoleWire.CONTROL_BYTES;
            }

            @Override
            public int fill(ChainWriter buffer) {
                return write(buffer);
            }

            @Override
            public void onMore(Runnable newWaiter) {
                waiter = newWaiter;
            }
        };
    }

    /** A port or the size is not as it was. */
    void changed() {
        waiter.run();
    }

    /** Whether the driver has said that it is there. */
    boolean driverReady() {
        return driverReady;
    }

    /** Whether the driver uses a port. */
    boolean isReady(Port port) {
        return known[port.number()].has(PortKnowledge.READY);
    }

    /**
     * Takes a message of the driver.
     *
     * @return false if it makes no sense
     */
    boolean obey(int id, int event, int value) {
        if (event == ConsoleWire.VIRTIO_CONSOLE_DEVICE_READY) {
            begin(value == 1);
            stateChanged.run();
            return true;
        }
        // Guest-controlled: the port's number.
        if (id < 0 || id >= known.length || !known[id].has(PortKnowledge.ADDED)) {
            return false;
        }
        switch (event) {
            case ConsoleWire.VIRTIO_CONSOLE_PORT_READY -> known[id].set(PortKnowledge.READY, value == 1);
            case ConsoleWire.VIRTIO_CONSOLE_PORT_OPEN -> {
                known[id].set(PortKnowledge.GUEST_OPEN, value == 1);
                ports.get(id).guestOpen(value == 1);
            }
            default -> {
                return false;
            }
        }
        stateChanged.run();
        waiter.run();
        return true;
    }

    /** A driver begins, or says that it has failed: it knows nothing. */
    private void begin(boolean ready) {
        driverReady = ready;
        for (PortKnowledge port : known) {
            port.forget();
        }
        ports.forEach(port -> port.guestOpen(false));
        waiter.run();
    }

    private @Nullable Message next() {
        if (!driverReady) {
            return null;
        }
        for (Port port : ports) {
            Message message = next(port, known[port.number()]);
            if (message != null) {
                return message;
            }
        }
        return null;
    }

    private @Nullable Message next(Port port, PortKnowledge driver) {
        if (!driver.has(PortKnowledge.ADDED)) {
            return new Message(port, ConsoleWire.VIRTIO_CONSOLE_DEVICE_ADD, 1);
        }
        if (!driver.has(PortKnowledge.READY)) {
            return null;
        }
        boolean console = port.settings().console();
        if (console && !driver.has(PortKnowledge.CONSOLE)) {
            return new Message(port, ConsoleWire.VIRTIO_CONSOLE_CONSOLE_PORT, 1);
        }
        if (console && (driver.columns != size.columns() || driver.rows != size.rows())) {
            return new Message(port, ConsoleWire.VIRTIO_CONSOLE_RESIZE, 0);
        }
        if (!driver.has(PortKnowledge.NAME)) {
            return new Message(port, ConsoleWire.VIRTIO_CONSOLE_PORT_NAME, 1);
        }
        boolean open = port.hostOpen();
        return driver.has(PortKnowledge.OPEN_TOLD) && driver.has(PortKnowledge.OPEN) == open
                ? null
                : new Message(port, ConsoleWire.VIRTIO_CONSOLE_PORT_OPEN, open ? 1 : 0);
    }

    /**
     * Writes the next message, which counts as told.
     *
     * @param to room for at least a message without anything behind it
     * @return how many bytes; what does not fit behind the message is cut off
     */
    private int write(ChainWriter to) {
        Message message = next();
        if (message == null) {
            return 0;
        }
        byte[] more = behind(message);
        int fitting = (int) Math.min(more.length, to.lengthBytes() - ConsoleWire.CONTROL_BYTES);
        to.putInt(message.port.number());
        to.putShort(message.event);
        to.putShort(message.value);
        for (int i = 0; i < fitting; i++) {
            to.putByte(more[i]);
        }
        told(message);
        stateChanged.run();
        return ConsoleWire.CONTROL_BYTES + fitting;
    }

    private byte[] behind(Message message) {
        return switch (message.event) {
            case ConsoleWire.VIRTIO_CONSOLE_PORT_NAME ->
                message.port.settings().name().getBytes(StandardCharsets.UTF_8);
            case ConsoleWire.VIRTIO_CONSOLE_RESIZE -> {
                int first = rowsFirst ? size.rows() : size.columns();
                int second = rowsFirst ? size.columns() : size.rows();
                yield new byte[] {(byte) first, (byte) (first >> 8), (byte) second, (byte) (second >> 8)};
            }
            default -> new byte[0];
        };
    }

    private void told(Message message) {
        PortKnowledge driver = known[message.port.number()];
        switch (message.event) {
            case ConsoleWire.VIRTIO_CONSOLE_DEVICE_ADD -> driver.set(PortKnowledge.ADDED, true);
            case ConsoleWire.VIRTIO_CONSOLE_CONSOLE_PORT -> driver.set(PortKnowledge.CONSOLE, true);
            case ConsoleWire.VIRTIO_CONSOLE_PORT_NAME -> driver.set(PortKnowledge.NAME, true);
            case ConsoleWire.VIRTIO_CONSOLE_RESIZE -> {
                driver.columns = size.columns();
                driver.rows = size.rows();
            }
            default -> {
                driver.set(PortKnowledge.OPEN_TOLD, true);
                driver.set(PortKnowledge.OPEN, message.value == 1);
            }
        }
    }

    /** How many bytes {@link #save} writes. */
    int stateBytes() {
        return 2 + known.length * PORT_STATE_BYTES;
    }

    /** Writes u8 driver ready, u8 ports, and of each port u8 flags, le16 columns, le16 rows. */
    void save(ByteBuffer out) {
        out.put((byte) (driverReady ? 1 : 0)).put((byte) known.length);
        for (PortKnowledge port : known) {
            out.put((byte) port.flags).putShort((short) port.columns).putShort((short) port.rows);
        }
    }

    /**
     * Takes over what {@link #save} wrote.
     *
     * @return false if it is nothing that these ports can go on with; then nothing was changed
     */
    boolean load(ByteBuffer in) {
        int ready = in.get();
        if (ready < 0 || ready > 1 || in.get() != known.length) {
            return false;
        }
        ByteBuffer flags = in.duplicate();
        for (int i = 0; i < known.length; i++) {
            if (flags.get(in.position() + i * PORT_STATE_BYTES) < 0) {
                return false;
            }
        }
        driverReady = ready == 1;
        for (int i = 0; i < known.length; i++) {
            known[i].flags = in.get() & PortKnowledge.ALL;
            known[i].columns = Short.toUnsignedInt(in.getShort());
            known[i].rows = Short.toUnsignedInt(in.getShort());
            ports.get(i).guestOpen(known[i].has(PortKnowledge.GUEST_OPEN));
        }
        return true;
    }
}
