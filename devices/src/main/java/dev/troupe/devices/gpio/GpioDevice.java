package dev.troupe.devices.gpio;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An open GPIO device: its lines, and what is told of them. All of it runs on the device's loop.
 *
 * <p>A reset changes no line, as on a board whose processor restarts. A front end resets a device also when its machine only
 * pauses, whose driver goes on with what it has set up.
 */
final class GpioDevice implements VirtioDevice {
    static final int QUEUES = 2;

    private static final int STATE_VERSION = 1;

    private final OwnLines own;
    private final List<GuestLine> lines;
    private final Interrupts interrupts;
    private final LineControl control;
    private final GpioCommands commands;
    private final DeviceContext context;
    private final byte[] names;
    private boolean listening;

    GpioDevice(OwnLines own, DeviceContext context) {
        this.own = own;
        this.lines = own.lines();
        this.context = context;
        this.names = names(lines);
        ChipCalls calls = new ChipCalls(context, own.block());
        Watchers watchers = new Watchers();
        this.interrupts = new Interrupts(lines, calls, context);
        this.control = new LineControl(lines, calls, interrupts, watchers, context);
        this.commands = new GpioCommands(lines, control, watchers, context);
    }

    /** Each ended by a zero; nothing if no line has a name. */
    private static byte[] names(List<GuestLine> lines) {
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        for (GuestLine line : lines) {
            names.writeBytes(line.name.getBytes(StandardCharsets.US_ASCII));
            names.write(0);
        }
        return names.size() == lines.size() ? new byte[0] : names.toByteArray();
    }

    @Override
    public long features() {
        return GpioWire.VIRTIO_GPIO_F_IRQ;
    }

    @Override
    public int queueCount() {
        return QUEUES;
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        ByteBuffer config = ByteBuffer.allocate(GpioWire.CONFIG_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        config.putShort(GpioWire.NGPIO_OFFSET, (short) lines.size()).putInt(GpioWire.NAMES_SIZE_OFFSET, names.length);
        return config.array();
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        if (!listening) {
            listening = true;
            lines.forEach(line -> line.chip.listen(context.loop(), high -> control.changed(line, high)));
        }
        return queue.index() == GpioWire.REQUESTQ
                ? new GpioRequestQueue(control, names, queue)
                : new GpioEventQueue(lines, interrupts, queue);
    }

    /** Version 1: {@link GuestLine#STATE_BYTES} for each line. */
    @Override
    public SavedState saveState() {
        byte[] state = new byte[lines.size() * GuestLine.STATE_BYTES];
        for (int i = 0; i < lines.size(); i++) {
            lines.get(i).save(state, i * GuestLine.STATE_BYTES);
        }
        return SavedState.of(STATE_VERSION, state);
    }

    @Override
    public void loadState(SavedState saved) throws DeviceException {
        byte[] state = saved.contents();
        if (saved.version() != STATE_VERSION || state.length != lines.size() * GuestLine.STATE_BYTES) {
            throw new DeviceException("The state of a GPIO device has version " + saved.version() + " and "
                    + state.length + " bytes; this one has version " + STATE_VERSION + " with "
                    + lines.size() * GuestLine.STATE_BYTES + " bytes.");
        }
        for (int at = 0; at < state.length; at += GuestLine.STATE_BYTES) {
            if (!GuestLine.isSound(state, at)) {
                throw new DeviceException(
                        "The state of GPIO line " + at / GuestLine.STATE_BYTES + " is none that a line can have.");
            }
        }
        for (int i = 0; i < lines.size(); i++) {
            lines.get(i).load(state, i * GuestLine.STATE_BYTES);
        }
        control.restore();
    }

    @Override
    public String command(String verb, List<String> arguments) throws DeviceException {
        return commands.answer(verb, arguments);
    }

    @Override
    public Conversation converse(String verb, List<String> arguments) throws DeviceException {
        return commands.watch(arguments);
    }

    @Override
    public void close() {
        try {
            commands.close();
        } catch (DeviceException e) {
            context.log().warn("Waveforms and watches could not be ended: {}", e.getMessage());
        } finally {
            own.close();
        }
    }
}
