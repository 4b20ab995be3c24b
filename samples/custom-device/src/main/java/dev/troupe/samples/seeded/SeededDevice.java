package dev.troupe.samples.seeded;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.ring.DescriptorChain;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** An open device: one queue, no features, no configuration space. It goes on where it was, whatever is restarted. */
final class SeededDevice implements VirtioDevice {
    private static final int STATE_VERSION = 1;

    /** A guest may ask for 4 GiB in one request; so many bytes take the event loop some microseconds. */
    private static final int MOST_BYTES = 4096;

    private final long seed;
    private final DeviceContext context;
    /** How many bytes were given. Written by the queue's event loop, read by the device's actor. */
    private volatile long given;

    SeededDevice(long seed, DeviceContext context) {
        this.seed = seed;
        this.context = context;
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        return new byte[0];
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        return chain -> answer(chain, queue);
    }

    private void answer(DescriptorChain chain, QueueContext queue) {
        ChainWriter buffer = chain.writable();
        int bytes = (int) Math.min(MOST_BYTES, buffer.lengthBytes());
        if (bytes == 0) {
            queue.countError();
        }
        long from = given;
        for (int i = 0; i < bytes; i++) {
            buffer.putByte(SeededStream.at(seed, from + i));
        }
        given = from + bytes;
        context.stateChanged();
        queue.complete(chain, bytes);
    }

    @Override
    public SavedState saveState() {
        return SavedState.of(
                STATE_VERSION, layout(new byte[Long.BYTES]).putLong(given).array());
    }

    @Override
    public void loadState(SavedState state) throws DeviceException {
        if (state.version() != STATE_VERSION
                || state.body().lengthBytes() != Long.BYTES
                || layout(state.contents()).getLong() < 0) {
            throw new DeviceException("This is not the state of a seeded device.");
        }
        given = layout(state.contents()).getLong();
    }

    private static ByteBuffer layout(byte[] state) {
        return ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {}
}
