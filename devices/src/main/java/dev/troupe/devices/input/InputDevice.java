package dev.troupe.devices.input;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.filling.FillingQueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** An open input device: what its driver selected, its lights, and its two queues, which one event loop serves. */
final class InputDevice implements VirtioDevice {
    static final int QUEUES = 2;
    private static final int STATE_VERSION = 1;
    private static final int STATE_BYTES = 8;
    private static final int SUBSEL_SHIFT = 8;

    private final EventFlow flow;
    private final InputSource source;
    private final DeviceContext context;
    private final Lights lights = new Lights();
    private final InputCommands commands;

    /** {@code select} and, above it, {@code subsel}, as the driver wrote them. */
    private volatile int selection;

    private InputDevice(EventFlow flow, InputSource source, InputSettings settings, DeviceContext context) {
        this.flow = flow;
        this.source = source;
        this.context = context;
        this.commands = new InputCommands(flow, source, lights, context.loop(), settings);
    }

    static InputDevice start(EventFlow flow, InputSource source, InputSettings settings, DeviceContext context) {
        InputDevice device = new InputDevice(flow, source, settings, context);
        context.loop().execute(source::start);
        return device;
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int queueCount() {
        return QUEUES;
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        int selected = selection;
        return flow.description().configSpace(selected & 0xff, selected >>> SUBSEL_SHIFT);
    }

    /**
     * Takes the selection. Whatever else is written is left unread: front ends write the whole space back as they last
     * read it, when the answer was another one.
     */
    @Override
    public boolean writeConfigSpace(int offset, byte[] value) {
        int selected = selection;
        for (int i = 0; i < value.length; i++) {
            int byteValue = value[i] & 0xff;
            if (offset + i == InputWire.SELECT_OFFSET) {
                selected = (selected & 0xff00) | byteValue;
            } else if (offset + i == InputWire.SUBSEL_OFFSET) {
                selected = (selected & 0xff) | byteValue << SUBSEL_SHIFT;
            }
        }
        selection = selected;
        return true;
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        return queue.index() == InputWire.EVENTQ
                ? new FillingQueue(flow.supply(), queue)
                : new StatusQueue(this::statusSet, queue);
    }

    /** The guest set something; only lights are known beyond the device itself. */
    private void statusSet(long event) {
        int type = InputWire.type(event);
        int code = InputWire.code(event);
        if (!flow.description().has(type, code)) {
            return;
        }
        if (type == EventCodes.EV_LED) {
            if (lights.set(code, InputWire.value(event) != 0)) {
                source.status(event);
                context.stateChanged();
            }
        } else if (type == EventCodes.EV_SND) {
            source.status(event);
        }
    }

    /** Lights stay as they are: a front end resets a device also when its virtual machine is only paused. */
    @Override
    public void reset() {
        selection = 0;
        flow.reset();
    }

    @Override
    public void settingsChanged(DeviceSettings now) {
        InputSettings settings = InputSettings.of(now);
        commands.settingsChanged(settings);
        source.grab(settings.grab());
    }

    /** Version 1: u8 select, u8 subsel, le16 lights, le32 fingerprint of what the guest knows the device to be. */
    @Override
    public SavedState saveState() {
        ByteBuffer state = ByteBuffer.allocate(STATE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        state.putShort((short) selection)
                .putShort((short) lights.bits())
                .putInt(flow.description().fingerprint());
        return SavedState.of(STATE_VERSION, state.array());
    }

    @Override
    public void loadState(SavedState state) throws DeviceException {
        byte[] contents = state.contents();
        if (state.version() != STATE_VERSION || contents.length != STATE_BYTES) {
            throw new DeviceException("The state of an input device has version " + state.version() + " and "
                    + contents.length + " bytes; this program knows version " + STATE_VERSION + " with "
                    + STATE_BYTES + " bytes.");
        }
        ByteBuffer in = ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN);
        int selected = Short.toUnsignedInt(in.getShort());
        int lit = Short.toUnsignedInt(in.getShort());
        if (in.getInt() != flow.description().fingerprint()) {
            throw new DeviceException("The guest knows another input device than '"
                    + flow.description().name() + "', with other keys, axes or names.");
        }
        selection = selected;
        lights.bits(lit);
        context.loop().execute(() -> {
            flow.tellEverything();
            lights.events().forEach(source::status);
        });
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
        source.close();
    }
}
