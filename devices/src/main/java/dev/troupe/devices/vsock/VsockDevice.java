package dev.troupe.devices.vsock;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** An open socket device: one guest's connections. All queues and sockets live on the device's event loop. */
final class VsockDevice implements VirtioDevice {
    static final String CONNECTIONS = "connections";
    static final String DIAL = "dial";

    static final int QUEUES = 3;
    private static final long LOOP_SECONDS = 10;

    private final CurrentSettings settings;
    private final DeviceContext context;
    private final OpenRecord record;
    private final HostSide host;
    private final Multiplexer guest;

    private VsockDevice(CurrentSettings settings, DeviceContext context, OpenRecord record, HostSide host) {
        this.settings = settings;
        this.context = context;
        this.record = record;
        this.host = host;
        this.guest = new Multiplexer(settings, context.loop(), record, host);
    }

    /** Opens a device; may block. */
    static VsockDevice open(VsockSettings asked, DeviceContext context) throws DeviceException {
        Siblings siblings = context.share("guests", Siblings.class, Siblings::new);
        OpenRecord record = OpenRecord.over(context.keepMemory("connections", OpenRecord.BYTES));
        try {
            CurrentSettings settings = CurrentSettings.open(asked, context);
            VsockDevice device = new VsockDevice(settings, context, record, HostSide.open(settings, context, siblings));
            device.start();
            return device;
        } catch (DeviceException | RuntimeException e) {
            record.close();
            throw e;
        }
    }

    private void start() throws DeviceException {
        if (!host.join(guest)) {
            host.stop();
            throw new DeviceException("Another device has guest-cid "
                    + Integer.toUnsignedString(settings.now().guestCid())
                    + " already; each guest of a daemon needs its own.");
        }
        context.loop().execute(() -> host.start(guest));
    }

    @Override
    public long features() {
        return VsockWire.VIRTIO_VSOCK_F_STREAM
                | VsockWire.VIRTIO_VSOCK_F_SEQPACKET
                | VsockWire.VIRTIO_VSOCK_F_NO_IMPLIED_STREAM;
    }

    @Override
    public int queueCount() {
        return QUEUES;
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        return ByteBuffer.allocate(VsockWire.CONFIG_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(Integer.toUnsignedLong(settings.now().guestCid()))
                .array();
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        return switch (queue.index()) {
            case VsockWire.RX_QUEUE -> new VsockRxQueue(guest, queue);
            case VsockWire.TX_QUEUE -> new VsockTxQueue(guest, queue);
            default -> new VsockEventQueue(queue);
        };
    }

    @Override
    public ReplayRule replayRule() {
        return ReplayRule.ONCE;
    }

    /** Counts for connections that begin now; those there are go on as they began. */
    @Override
    public void settingsChanged(DeviceSettings now) {
        settings.change(VsockSettings.of(now));
        host.roomAgain();
    }

    @Override
    public SavedState saveState() {
        return record.save();
    }

    @Override
    public void loadState(SavedState state) throws DeviceException {
        List<Flow> flows = OpenRecord.parse(state);
        onLoop(() -> {
            guest.resetOrphans(flows);
            return true;
        });
    }

    @Override
    public String command(String verb, List<String> arguments) throws DeviceException {
        if (!verb.equals(CONNECTIONS)) {
            return VirtioDevice.super.command(verb, arguments);
        }
        return String.join("\n", onLoop(guest::describe));
    }

    @Override
    public Conversation converse(String verb, List<String> arguments) throws DeviceException {
        if (!verb.equals(DIAL) || arguments.size() != 1) {
            return VirtioDevice.super.converse(verb, arguments);
        }
        int port = Dial.port(arguments.getFirst());
        return new Dial(host.newLink(), side -> context.loop().execute(() -> host.dial(guest, side, port)));
    }

    private <T> T onLoop(Supplier<T> work) throws DeviceException {
        try {
            return context.loop().inLoop()
                    ? work.get()
                    : CompletableFuture.supplyAsync(work, (Executor) context.loop())
                            .get(LOOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeviceException("Interrupted.", e);
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            throw new DeviceException("The device's event loop does not answer.", e);
        }
    }

    private boolean closeAll() {
        host.stop();
        guest.close();
        host.close();
        return true;
    }

    @Override
    public void close() {
        try {
            onLoop(this::closeAll);
        } catch (DeviceException e) {
            context.log().error("Connections could not be closed: {}", e.getMessage());
        }
        record.close();
    }
}
