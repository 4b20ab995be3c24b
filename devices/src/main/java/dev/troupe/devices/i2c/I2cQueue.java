package dev.troupe.devices.i2c;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.sys.I2cMessage;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the requests of a group into one transfer, has the bus make it, and answers them together and in order. While a
 * transfer waits for the bus, or has it, later requests stay in the ring. Loop thread of its queue only.
 */
final class I2cQueue implements QueueHandler {
    /**
     * How long the rest of a group may take. Linux's driver sends only the first messages of a transfer when its ring has no
     * room for more, and waits for them: the end of that group never comes.
     */
    static final long GROUP_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final I2cDevice device;
    private final QueueContext context;
    private final List<DescriptorChain> group = new ArrayList<>();
    private I2cTransfer transfer = new I2cTransfer();

    /** Whether the group's last request so far says that more follow. */
    private boolean open;

    /** Whether the next request belongs to a group that has failed. */
    private boolean failing;

    /** Ends the wait for the rest of a group, or for the bus. */
    private @Nullable Timer timer;

    private SharedBus.@Nullable Turn turn;

    I2cQueue(I2cDevice device, QueueContext context) {
        this.device = device;
        this.context = context;
    }

    @Override
    public void handle(DescriptorChain chain) {
        device.journal().forget(chain.head());
        ChainReader in = chain.readable();
        if (in.remaining() < I2cWire.HEADER_SIZE) {
            refuse(chain, 0);
            return;
        }
        int address = I2cWire.address(Short.toUnsignedInt(in.getShort()));
        in.skip(Short.BYTES);
        int flags = in.getInt();
        if (failing || !isSound(chain, address, flags)) {
            refuse(chain, flags);
            return;
        }
        add(chain, address, (flags & I2cWire.VIRTIO_I2C_FLAGS_M_RD) != 0);
        open = (flags & I2cWire.VIRTIO_I2C_FLAGS_FAIL_NEXT) != 0;
        if (!open || group.size() == context.size()) {
            submit();
        } else if (timer == null) {
            timer = context.loop().schedule(GROUP_WAIT_NANOS, this::submit);
        }
    }

    /**
     * A request of a transfer that was made gets what came of it. One that may be on the wire is not repeated, and neither is
     * the rest of its group begun. One that only waited for the bus is as good as new.
     */
    @Override
    public void interrupted(DescriptorChain chain) {
        Optional<TransferJournal.Outcome> outcome = device.journal().take(chain.head());
        if (outcome.isEmpty()) {
            handle(chain);
            return;
        }
        ChainReader in = chain.readable();
        in.skip(Integer.BYTES);
        int flags = in.getInt();
        MemorySegment read = outcome.get().read();
        if (outcome.get().made() && read.byteSize() == chain.writable().lengthBytes() - 1) {
            chain.writable().copyFrom(read);
            answer(chain, I2cWire.VIRTIO_I2C_MSG_OK);
        } else {
            refuse(chain, flags);
        }
    }

    private boolean isSound(DescriptorChain chain, int address, int flags) {
        long sent = chain.readable().remaining();
        long wanted = chain.writable().lengthBytes() - 1;
        boolean read = (flags & I2cWire.VIRTIO_I2C_FLAGS_M_RD) != 0;
        return (context.driverFeatures() & I2cWire.VIRTIO_I2C_F_ZERO_LENGTH_REQUEST) != 0
                && (flags & ~I2cWire.KNOWN_FLAGS) == 0
                && (read ? sent == 0 : wanted == 0)
                && sent <= I2cTransfer.MAX_MESSAGE_BYTES
                && wanted >= 0
                && wanted <= I2cTransfer.MAX_MESSAGE_BYTES
                && group.size() < I2cTransfer.MAX_MESSAGES
                && address != I2cWire.NO_ADDRESS
                && device.mayUse(address);
    }

    private void add(DescriptorChain chain, int address, boolean read) {
        ChainReader in = chain.readable();
        if (read) {
            transfer.add(address, true, (int) chain.writable().lengthBytes() - 1);
        } else {
            in.copyTo(transfer.add(address, false, (int) in.remaining()));
        }
        group.add(chain);
    }

    private void submit() {
        stopWaiting();
        context.hold();
        timer = context.loop().schedule(device.timeoutNanos(), this::timedOut);
        I2cTransfer submitted = transfer;
        int[] heads = group.stream().mapToInt(DescriptorChain::head).toArray();
        SharedBus.Turn submission = device.user().submit(submitted.messages(), bus -> {
            int number = device.journal().begin(heads);
            int error = bus.transfer(submitted.messages());
            if (error == 0) {
                device.journal().made(number, submitted.messages());
            }
            context.loop().execute(() -> finished(submitted, error));
        });
        turn = submission;
        device.submitted(submission);
    }

    private void finished(I2cTransfer made, int error) {
        if (made != transfer) {
            // Nobody waits for it any more.
            return;
        }
        device.told(error);
        List<I2cMessage> messages = made.messages();
        for (int i = 0; error == 0 && i < messages.size(); i++) {
            if (messages.get(i).read()) {
                ChainWriter out = group.get(i).writable();
                out.copyFrom(messages.get(i).data());
            }
        }
        goOn(error == 0 ? I2cWire.VIRTIO_I2C_MSG_OK : I2cWire.VIRTIO_I2C_MSG_ERR);
    }

    private void timedOut() {
        device.told(I2cDevice.TIMED_OUT);
        // The bus may still be at it.
        abandon();
        goOn(I2cWire.VIRTIO_I2C_MSG_ERR);
    }

    private void goOn(byte status) {
        answerGroup(status);
        failing = open && status != I2cWire.VIRTIO_I2C_MSG_OK;
        context.release();
    }

    /** A request that is wrong, or whose group has failed, fails with all of its group that has not been carried out. */
    private void refuse(DescriptorChain chain, int flags) {
        answerGroup(I2cWire.VIRTIO_I2C_MSG_ERR);
        answer(chain, I2cWire.VIRTIO_I2C_MSG_ERR);
        failing = (flags & I2cWire.VIRTIO_I2C_FLAGS_FAIL_NEXT) != 0;
    }

    private void answerGroup(byte status) {
        stopWaiting();
        turn = null;
        for (DescriptorChain chain : group) {
            answer(chain, status);
        }
        group.clear();
        transfer.clear();
    }

    /**
     * The status is the last writable byte, so the length reported is always that of the whole writable part: a driver
     * that keeps to it finds the status.
     */
    private void answer(DescriptorChain chain, byte status) {
        ChainWriter out = chain.writable();
        long length = out.lengthBytes();
        if (length > 0) {
            out.putByteAt(length - 1, status);
        }
        if (status != I2cWire.VIRTIO_I2C_MSG_OK) {
            context.countError();
        }
        context.complete(chain, length);
    }

    private void stopWaiting() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void abandon() {
        if (turn != null) {
            turn.cancel();
            transfer = new I2cTransfer();
        }
    }

    /** The rest of a group is not waited for. */
    @Override
    public void drain() {
        if (turn == null && !group.isEmpty()) {
            submit();
        }
    }

    @Override
    public void close() {
        stopWaiting();
        abandon();
    }
}
