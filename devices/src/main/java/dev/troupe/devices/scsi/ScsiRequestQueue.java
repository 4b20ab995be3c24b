package dev.troupe.devices.scsi;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.devices.storage.StorageBackend;
import dev.troupe.devices.storage.StorageLane;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.sys.Errno;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One request queue: its tasks, and its lanes to the units. Loop thread of its queue only. */
final class ScsiRequestQueue implements QueueHandler, StorageLane.Answers {
    private final ScsiDevice device;
    private final QueueContext context;
    private final ScsiTask[] tasks;
    private final List<Wait> waits = new ArrayList<>();
    private @Nullable ScsiTask free;
    private @Nullable Comparer comparer;

    /** By the index of the nexus. */
    private @Nullable Lane[] lanes = new @Nullable Lane[0];

    private boolean closed;

    /** A way to the sectors that this queue has entered. */
    private record Lane(StorageBackend storage, StorageLane way) {
        boolean leadsTo(StorageBackend other) {
            return storage.equals(other);
        }

        void close() {
            way.close();
            storage.leave();
        }
    }

    /** Somebody waits until these tasks have been answered. */
    private record Wait(List<ScsiTask> tasks, int number, DeviceTasks.Gathering gathering) {}

    ScsiRequestQueue(ScsiDevice device, QueueContext context) {
        this.device = device;
        this.context = context;
        this.tasks = new ScsiTask[context.size()];
        for (int slot = tasks.length - 1; slot >= 0; slot--) {
            tasks[slot] = new ScsiTask(this, slot);
            tasks[slot].nextFree = free;
            free = tasks[slot];
        }
        device.tasks().add(this);
    }

    ScsiDevice device() {
        return device;
    }

    EventLoop loop() {
        return context.loop();
    }

    @Override
    public void handle(DescriptorChain chain) {
        int senseSize = device.senseSize();
        int cdbSize = device.cdbSize();
        if (chain.writable().lengthBytes() < ScsiWire.RESPONSE_BEFORE_SENSE + senseSize) {
            // Nowhere to put a response: the driver broke the protocol and can only be given its buffers back.
            context.countError();
            context.complete(chain, 0);
            return;
        }
        if (chain.readable().remaining() < ScsiWire.REQUEST_BEFORE_CDB + cdbSize) {
            refuse(chain);
            return;
        }
        ScsiTask task = take();
        task.begin(chain, cdbSize, senseSize);
        if (task.dataInBytes() > 0 && task.dataOutBytes() > 0) {
            // Only a driver with VIRTIO_SCSI_F_INOUT may do both.
            task.answer(ScsiWire.VIRTIO_SCSI_S_FAILURE, ScsiTask.GOOD, null, 0);
        } else {
            Commands.execute(task);
        }
    }

    /** What is too short to be a command has no CDB and no data. */
    private void refuse(DescriptorChain chain) {
        ChainWriter out = chain.writable();
        out.fill(0, ScsiWire.RESPONSE_BEFORE_SENSE - 1);
        out.putByte(ScsiWire.VIRTIO_SCSI_S_FAILURE);
        context.countError();
        context.complete(chain, ScsiWire.RESPONSE_BEFORE_SENSE);
    }

    private ScsiTask take() {
        ScsiTask task = free;
        if (task == null) {
            throw new IllegalStateException("More requests on loan than the queue has entries");
        }
        free = task.nextFree;
        task.nextFree = null;
        return task;
    }

    /** Made by the first command that needs it. */
    Comparer comparer() {
        Comparer known = comparer;
        if (known == null) {
            known = new Comparer(this);
            comparer = known;
        }
        return known;
    }

    /** A task has its response. */
    void ended(ScsiTask task, DescriptorChain chain, long writtenBytes, boolean well) {
        task.nextFree = free;
        free = task;
        if (!well) {
            context.countError();
        }
        context.complete(chain, writtenBytes);
        Comparer comparing = comparer;
        if (comparing != null) {
            comparing.ended(task);
        }
        if (!waits.isEmpty()) {
            waits.removeIf(wait -> wait.tasks().remove(task) && isOver(wait));
        }
    }

    private static boolean isOver(Wait wait) {
        if (!wait.tasks().isEmpty()) {
            return false;
        }
        wait.gathering().part(wait.number());
        return true;
    }

    @Override
    public void answered(int slot, int result) {
        tasks[slot].operationEnded(result >= 0, result == -Errno.ENOSPC || result == -Errno.EDQUOT);
    }

    /**
     * The way to a unit's sectors; {@code null} while another program has them.
     *
     * @param storage what keeps them now
     */
    @Nullable
    StorageLane lane(Nexus nexus, StorageBackend storage) {
        int index = nexus.index();
        if (index < lanes.length) {
            Lane known = lanes[index];
            if (known != null && known.leadsTo(storage)) {
                return known.way();
            }
        }
        return openLane(index, storage);
    }

    private @Nullable StorageLane openLane(int index, StorageBackend storage) {
        if (!storage.tryEnter()) {
            return null;
        }
        closeLane(index);
        if (index >= lanes.length) {
            lanes = Arrays.copyOf(lanes, index + 1);
        }
        Lane opened = new Lane(storage, storage.openLane(context, this));
        lanes[index] = opened;
        return opened.way();
    }

    private void closeLane(int index) {
        Lane lane = index < lanes.length ? lanes[index] : null;
        if (lane != null) {
            lane.close();
            lanes[index] = null;
        }
    }

    /** Does something in a later turn of the loop, unless the queue is gone by then. */
    void later(Runnable step) {
        loop().execute(() -> {
            if (!closed) {
                step.run();
            }
        });
    }

    private Stream<ScsiTask> active() {
        return Arrays.stream(tasks).filter(ScsiTask::isActive);
    }

    int count(Predicate<ScsiTask> which) {
        return (int) active().filter(which).count();
    }

    /** See {@link DeviceTasks#abort}. */
    void abort(Predicate<ScsiTask> which, int response, DeviceTasks.Gathering gathering) {
        List<ScsiTask> aborted = new ArrayList<>(active().filter(which).toList());
        aborted.forEach(task -> task.abort(response));
        await(aborted, gathering);
    }

    /** See {@link DeviceTasks#leave}. */
    void leave(Nexus nexus, DeviceTasks.Gathering gathering) {
        List<ScsiTask> left = new ArrayList<>(
                active().filter(task -> task.addressed() == nexus).toList());
        // Whoever serves the queue next gets the tasks of one that is closed.
        if (closed || left.isEmpty()) {
            closeLane(nexus.index());
            gathering.part(0);
        } else {
            // Asked again when they have ended: others may have come since.
            await(left, new DeviceTasks.Gathering(1, _ -> loop().execute(() -> leave(nexus, gathering))));
        }
    }

    private void await(List<ScsiTask> ending, DeviceTasks.Gathering gathering) {
        Wait wait = new Wait(ending, ending.size(), gathering);
        if (closed || ending.isEmpty()) {
            gathering.part(ending.size());
        } else {
            waits.add(wait);
        }
    }

    @Override
    public void close() {
        closed = true;
        device.tasks().remove(this);
        for (Lane lane : lanes) {
            if (lane != null) {
                lane.close();
            }
        }
        lanes = new @Nullable Lane[0];
        // Whoever serves the queue next gets the unfinished requests; to wait for them here would be for ever.
        List<Wait> given = List.copyOf(waits);
        waits.clear();
        given.forEach(wait -> wait.gathering().part(0));
    }
}
