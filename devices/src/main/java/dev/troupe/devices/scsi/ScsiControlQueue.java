package dev.troupe.devices.scsi;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.ring.DescriptorChain;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntConsumer;
import java.util.function.Predicate;

/**
 * The control queue: task management and asynchronous notification (virtio section 5.6.6.2). A function that aborts tasks is
 * answered when they have been. Loop thread of its queue only.
 */
final class ScsiControlQueue implements QueueHandler {
    private final ScsiDevice device;
    private final QueueContext context;
    private boolean closed;

    ScsiControlQueue(ScsiDevice device, QueueContext context) {
        this.device = device;
        this.context = context;
    }

    @Override
    public void handle(DescriptorChain chain) {
        ChainReader in = chain.readable();
        if (chain.writable().lengthBytes() == 0) {
            context.countError();
            context.complete(chain, 0);
            return;
        }
        if (in.remaining() < Integer.BYTES) {
            answer(chain, ScsiWire.VIRTIO_SCSI_S_FAILURE);
            return;
        }
        int type = in.getInt();
        switch (type) {
            case ScsiWire.VIRTIO_SCSI_T_TMF -> manageTasks(chain, in);
            case ScsiWire.VIRTIO_SCSI_T_AN_QUERY, ScsiWire.VIRTIO_SCSI_T_AN_SUBSCRIBE -> notifyNothing(chain, in);
            default -> answer(chain, ScsiWire.VIRTIO_SCSI_S_FAILURE);
        }
    }

    /** No event of this kind is ever reported; GET EVENT STATUS NOTIFICATION tells of media. */
    private void notifyNothing(DescriptorChain chain, ChainReader in) {
        ChainWriter out = chain.writable();
        if (in.remaining() < ScsiWire.AN_AFTER_TYPE || out.lengthBytes() < ScsiWire.AN_RESPONSE_SIZE) {
            answer(chain, ScsiWire.VIRTIO_SCSI_S_FAILURE);
            return;
        }
        int address = LunAddress.decode(in.getLong());
        out.putInt(0);
        out.putByte(
                device.units().find(address) == null ? ScsiWire.VIRTIO_SCSI_S_BAD_TARGET : ScsiWire.VIRTIO_SCSI_S_OK);
        context.complete(chain, ScsiWire.AN_RESPONSE_SIZE);
    }

    private void manageTasks(DescriptorChain chain, ChainReader in) {
        if (in.remaining() < ScsiWire.TMF_AFTER_TYPE) {
            answer(chain, ScsiWire.VIRTIO_SCSI_S_FAILURE);
            return;
        }
        int function = in.getInt();
        int address = LunAddress.decode(in.getLong());
        long tag = in.getLong();
        UnitTable units = device.units();
        Nexus nexus = units.find(address);
        if (address < 0 || !units.hasTarget(LunAddress.target(address))) {
            answer(chain, ScsiWire.VIRTIO_SCSI_S_BAD_TARGET);
        } else if (function == ScsiWire.TMF_I_T_NEXUS_RESET) {
            resetNexus(chain, LunAddress.target(address));
        } else if (nexus == null) {
            answer(chain, ScsiWire.VIRTIO_SCSI_S_INCORRECT_LUN);
        } else {
            manageTasks(chain, function, nexus, tag);
        }
    }

    private void manageTasks(DescriptorChain chain, int function, Nexus nexus, long tag) {
        LogicalUnit unit = nexus.unit();
        Predicate<ScsiTask> here = task -> task.addressed() == nexus;
        Predicate<ScsiTask> one = here.and(task -> task.tag() == tag);
        IntConsumer complete = _ -> answerLater(chain, ScsiWire.VIRTIO_SCSI_S_OK);
        IntConsumer found = number ->
                answerLater(chain, number > 0 ? ScsiWire.VIRTIO_SCSI_S_FUNCTION_SUCCEEDED : ScsiWire.VIRTIO_SCSI_S_OK);
        switch (function) {
            case ScsiWire.TMF_ABORT_TASK -> device.tasks().abort(one, ScsiWire.VIRTIO_SCSI_S_ABORTED, complete);
            case ScsiWire.TMF_ABORT_TASK_SET -> device.tasks().abort(here, ScsiWire.VIRTIO_SCSI_S_ABORTED, complete);
            case ScsiWire.TMF_CLEAR_TASK_SET ->
                unit.abortAll(
                        nexus,
                        ScsiWire.VIRTIO_SCSI_S_ABORTED,
                        Sense.COMMANDS_CLEARED_BY_ANOTHER_INITIATOR,
                        () -> complete.accept(0));
            case ScsiWire.TMF_LOGICAL_UNIT_RESET ->
                unit.abortAll(
                        null,
                        ScsiWire.VIRTIO_SCSI_S_RESET,
                        Sense.BUS_DEVICE_RESET_FUNCTION_OCCURRED,
                        () -> complete.accept(0));
            case ScsiWire.TMF_QUERY_TASK -> device.tasks().count(one, found);
            case ScsiWire.TMF_QUERY_TASK_SET -> device.tasks().count(here, found);
            default -> answer(chain, ScsiWire.VIRTIO_SCSI_S_FUNCTION_REJECTED);
        }
    }

    private void resetNexus(DescriptorChain chain, int target) {
        device.units().ofTarget(target).forEach(nexus -> nexus.raise(Sense.I_T_NEXUS_LOSS_OCCURRED));
        device.tasks()
                .abort(
                        task -> LunAddress.target(task.address()) == target,
                        ScsiWire.VIRTIO_SCSI_S_RESET,
                        _ -> answerLater(chain, ScsiWire.VIRTIO_SCSI_S_OK));
    }

    /** From any thread. */
    private void answerLater(DescriptorChain chain, int response) {
        try {
            context.loop().execute(() -> {
                if (!closed) {
                    answer(chain, response);
                }
            });
        } catch (RejectedExecutionException e) {
            // The loop has ended, and the queue with it; whoever serves it next gets the request again.
            return;
        }
    }

    private void answer(DescriptorChain chain, int response) {
        ChainWriter out = chain.writable();
        out.putByte(response);
        if (response != ScsiWire.VIRTIO_SCSI_S_OK && response != ScsiWire.VIRTIO_SCSI_S_FUNCTION_SUCCEEDED) {
            context.countError();
        }
        context.complete(chain, 1);
    }

    @Override
    public void close() {
        closed = true;
    }
}
