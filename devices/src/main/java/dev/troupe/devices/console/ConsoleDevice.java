package dev.troupe.devices.console;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.filling.FillingQueue;
import dev.troupe.devices.operator.LoopCall;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** An open console: its ports, their targets, and what all queues share, which one event loop serves. */
final class ConsoleDevice implements VirtioDevice {
    private static final int STATE_VERSION = 1;
    private static final int SIZE_STATE_BYTES = 4;

    private final ConsoleSettings settings;
    private final DeviceContext context;
    private final LoopCall loop;
    private final ScreenSize size;
    private final Control control;
    private final List<Port> ports = new ArrayList<>();
    private final List<PortTarget> targets = new ArrayList<>();
    private final ConsoleCommands commands;

    private ConsoleDevice(ConsoleSettings settings, DeviceContext context) {
        this.settings = settings;
        this.context = context;
        this.loop = new LoopCall(context.loop());
        this.size = new ScreenSize(settings.columns(), settings.rows());
        this.control = new Control(ports, settings.ports().size(), size, settings.rowsFirst(), context::stateChanged);
        this.commands = new ConsoleCommands(ports, targets, control, this::resize, context.loop());
    }

    /** Opens logs and targets; nothing stays open if one cannot be opened. */
    static ConsoleDevice open(ConsoleSettings settings, DeviceContext context) throws DeviceException {
        ConsoleDevice device = new ConsoleDevice(settings, context);
        try {
            for (PortSettings port : settings.ports()) {
                device.addPort(port);
            }
        } catch (DeviceException | RuntimeException e) {
            device.close();
            throw e;
        }
        context.loop().execute(device::startTargets);
        return device;
    }

    private void addPort(PortSettings portSettings) throws DeviceException {
        PortLog log = PortLog.open(context, portSettings.name(), settings.logBytes());
        Port port = new Port(ports.size(), portSettings, log, control::changed);
        ports.add(port);
        targets.add(target(port));
    }

    private PortTarget target(Port port) throws DeviceException {
        PortSettings wanted = port.settings();
        return switch (wanted.target()) {
            case LOG -> PortTarget.LOG_ONLY;
            case UNIX -> SocketTarget.at(port, wanted.path().orElseThrow(), context);
            case TCP -> SocketTarget.at(port, wanted.address().orElseThrow(), context);
            case PTY -> PtyTarget.open(port, context);
            case FILE -> FileTarget.open(port, wanted.path().orElseThrow(), context);
        };
    }

    private void startTargets() {
        for (PortTarget target : targets) {
            target.resize(size.columns(), size.rows());
            target.start();
        }
    }

    /** A port, by its number. */
    Port port(int number) {
        return ports.get(number);
    }

    /** Who is at the host's end of a port. */
    PortTarget target(int number) {
        return targets.get(number);
    }

    @Override
    public long features() {
        long features = ConsoleWire.VIRTIO_CONSOLE_F_SIZE | ConsoleWire.VIRTIO_CONSOLE_F_EMERG_WRITE;
        return settings.multiport() ? features | ConsoleWire.VIRTIO_CONSOLE_F_MULTIPORT : features;
    }

    @Override
    public int queueCount() {
        return ConsoleWire.queues(settings.ports().size(), settings.multiport());
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        return ByteBuffer.allocate(ConsoleWire.CONFIG_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(ConsoleWire.COLS_OFFSET, (short) size.columns())
                .putShort(ConsoleWire.ROWS_OFFSET, (short) size.rows())
                .putInt(ConsoleWire.MAX_NR_PORTS_OFFSET, settings.ports().size())
                .array();
    }

    /**
     * Takes a character of {@code emerg_wr} (section 5.3.5). Whatever else is written is left unread: front ends write the
     * whole space back as they last read it.
     */
    @Override
    public boolean writeConfigSpace(int offset, byte[] value) {
        int at = ConsoleWire.EMERG_WR_OFFSET - offset;
        if (at >= 0 && at < value.length) {
            ports.getFirst().append(value[at]);
        }
        return true;
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        boolean multiport = (queue.driverFeatures() & ConsoleWire.VIRTIO_CONSOLE_F_MULTIPORT) != 0;
        int index = queue.index();
        if (index == ConsoleWire.CONTROL_RECEIVEQ) {
            return new FillingQueue(control.supply(), queue);
        }
        if (index == ConsoleWire.CONTROL_TRANSMITQ) {
            return new ControlQueue(control, queue);
        }
        Port port = ports.get(ConsoleWire.port(index));
        if (!multiport) {
            port.guestOpen(true);
        }
        return ConsoleWire.isReceiveq(index) ? new FillingQueue(port.supply(), queue) : new TransmitQueue(port, queue);
    }

    // Nothing is forgotten at a reset: a front end resets a device also when its virtual machine is only paused, and a
    // driver that begins anew says so (VIRTIO_CONSOLE_DEVICE_READY).

    /** Version 1: le16 columns and le16 rows that an operator chose or 0, then what {@link Control} saves. */
    @Override
    public SavedState saveState() {
        ByteBuffer state =
                ByteBuffer.allocate(SIZE_STATE_BYTES + control.stateBytes()).order(ByteOrder.LITTLE_ENDIAN);
        state.putShort((short) size.chosen().columns())
                .putShort((short) size.chosen().rows());
        control.save(state);
        return SavedState.of(STATE_VERSION, state.array());
    }

    @Override
    public void loadState(SavedState state) throws DeviceException {
        byte[] contents = state.contents();
        if (state.version() != STATE_VERSION || contents.length != SIZE_STATE_BYTES + control.stateBytes()) {
            throw new DeviceException("The state of a console has version " + state.version() + " and "
                    + contents.length + " bytes; this program knows version " + STATE_VERSION + ", and of "
                    + ports.size() + " ports " + (SIZE_STATE_BYTES + control.stateBytes()) + " bytes.");
        }
        ByteBuffer in = ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN);
        int columns = Short.toUnsignedInt(in.getShort());
        int rows = Short.toUnsignedInt(in.getShort());
        if (!control.load(in)) {
            throw new DeviceException("The state of a console is not one of " + ports.size() + " ports.");
        }
        size.choose(new ScreenSize.Cells(columns, rows));
        context.loop().execute(() -> targets.forEach(target -> target.resize(size.columns(), size.rows())));
    }

    /** On the loop. */
    private void resize(ScreenSize.Cells cells) {
        size.choose(cells);
        targets.forEach(target -> target.resize(size.columns(), size.rows()));
        control.changed();
        context.configChanged();
    }

    @Override
    public String command(String verb, List<String> arguments) throws DeviceException {
        return commands.command(verb, arguments);
    }

    @Override
    public Conversation converse(String verb, List<String> arguments) throws DeviceException {
        return commands.converse(verb, arguments);
    }

    @Override
    public void close() {
        try {
            loop.call(() -> {
                ports.forEach(Port::close);
                return true;
            });
        } catch (DeviceException e) {
            context.log().warn("The ports are not closed cleanly: {}", e.getMessage());
        }
        targets.forEach(PortTarget::close);
    }
}
