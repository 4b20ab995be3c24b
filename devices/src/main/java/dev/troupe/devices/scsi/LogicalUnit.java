package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.storage.NewSize;
import dev.troupe.devices.storage.SizeWatch;
import dev.troupe.devices.storage.StorageBackend;
import dev.troupe.devices.storage.StorageSettings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A logical unit: its medium, its mode parameters and its reservations, which are the same for every nexus to it. A shared
 * one belongs to several devices. Any thread.
 */
final class LogicalUnit implements AutoCloseable {
    private static final int KEY_OFFSET = 0;
    private static final int SERVICE_ACTION_KEY_OFFSET = 8;

    private volatile LunSettings settings;
    private final DeviceContext context;
    private final List<Nexus> nexuses = new CopyOnWriteArrayList<>();
    private volatile UnitState state;
    private volatile @Nullable StorageBackend storage;
    private volatile @Nullable SizeWatch watch;

    /** Whether queues still work with a medium that was ejected. */
    private volatile boolean leaving;

    /** Held by who opens a medium that comes. */
    private final Object insertion = new Object();

    LogicalUnit(LunSettings settings, DeviceContext context) {
        this.settings = settings;
        this.context = context;
        this.state = UnitState.initial(settings.writeBack());
    }

    LunSettings settings() {
        return settings;
    }

    UnitState state() {
        return state;
    }

    /** What keeps the sectors, or {@code null} while there is no medium. */
    @Nullable
    StorageBackend storage() {
        return storage;
    }

    /** Whether the guest may give space back. */
    boolean unmaps() {
        StorageBackend now = storage;
        return now != null
                && settings.discard()
                && !now.readOnly()
                && now.limits().discards();
    }

    /**
     * A nexus comes; the first opens the medium, if there is one. May block.
     *
     * @throws DeviceException if the medium cannot be had
     */
    synchronized void join(Nexus nexus) throws DeviceException {
        StorageSettings configured = settings.storage();
        StorageSettings wanted = state.medium()
                .filter(_ -> settings.removable())
                .map(Path::of)
                .map(configured::at)
                .orElse(configured);
        boolean file = wanted.backEnd() == StorageSettings.BackEnd.FILE;
        boolean empty =
                file && wanted.path().filter(path -> !path.toString().isEmpty()).isEmpty();
        if (storage == null && !empty) {
            hold(open(wanted));
        }
        nexuses.add(nexus);
    }

    /** A nexus, whose lanes are closed, goes; with the last the medium is closed. May block. */
    synchronized void part(Nexus nexus) {
        nexuses.remove(nexus);
        if (nexuses.isEmpty()) {
            close();
        }
    }

    private StorageBackend open(StorageSettings wanted) throws DeviceException {
        return StorageBackend.open(wanted, "sectors-" + settings.name(), context);
    }

    private void hold(StorageBackend opened) {
        storage = opened;
        if (opened.changesByItself()) {
            SizeWatch started = new SizeWatch(opened, context, this::capacityChanged);
            watch = started;
            started.start(settings.storage().sizeCheck());
        }
    }

    List<Nexus> nexuses() {
        return nexuses;
    }

    /**
     * Takes other settings, if no device uses it.
     *
     * @return false if one does
     */
    synchronized boolean resettle(LunSettings other) {
        if (!nexuses.isEmpty()) {
            return false;
        }
        settings = other;
        if (state.sequence() == 0) {
            state = UnitState.initial(other.writeBack());
        }
        return true;
    }

    /**
     * Takes over what somebody who is not trusted with the host's files says of it, unless it knows better. A medium can only
     * leave by that; none is ever opened.
     *
     * @throws DeviceException if the guest had another medium than is here
     */
    void adopt(UnitState known) throws DeviceException {
        boolean empties;
        synchronized (this) {
            if (known.sequence() <= state.sequence()) {
                return;
            }
            String had = image(known.medium());
            empties = settings.removable() && had.isEmpty();
            if (!empties && !had.equals(image(state.medium()))) {
                throw new DeviceException("The guest's unit " + settings.name() + " had another medium than is here;"
                        + " insert the same one before the guest comes.");
            }
            state = known.holding(state.medium());
        }
        if (empties) {
            eject();
        }
    }

    /** The image that a state's medium stands for; empty if there is none. */
    private String image(Optional<String> medium) {
        return medium.orElseGet(
                () -> settings.storage().path().map(Path::toString).orElse(""));
    }

    /** Takes over what this host has kept of it, unless it knows better. */
    synchronized void offer(UnitState known) {
        if (known.sequence() > state.sequence()) {
            state = known;
        }
    }

    private void become(UnitState now) {
        state = now;
        nexuses.forEach(nexus -> nexus.device().unitsChanged());
    }

    private void tellOthers(@Nullable Nexus but, Sense attention) {
        nexuses.stream().filter(nexus -> nexus != but).forEach(nexus -> nexus.raise(attention));
    }

    /** An initiator chose other mode parameters; what was written to a cache that it gave up is for it to flush. */
    synchronized void changeModes(Nexus by, boolean writeCache, boolean descriptorSense) {
        UnitState before = state;
        if (before.writeCache() == writeCache && before.descriptorSense() == descriptorSense) {
            return;
        }
        become(before.withModes(writeCache, descriptorSense));
        tellOthers(by, Sense.MODE_PARAMETERS_CHANGED);
    }

    /** Carries out a PERSISTENT RESERVE OUT; whoever loses something by it is told. */
    synchronized ReserveOut.Result reserve(Nexus by, int serviceAction, int type, ByteBuffer parameters, long order) {
        ReserveOut.Result result = new ReserveOut(
                        state.reservations(),
                        by.initiator(),
                        type,
                        parameters.getLong(KEY_OFFSET),
                        parameters.getLong(SERVICE_ACTION_KEY_OFFSET))
                .execute(serviceAction);
        if (result.refusal() == null && !result.conflict()) {
            become(state.with(result.now(), order));
            for (ReserveOut.Notice notice : result.notices()) {
                nexuses.stream()
                        .filter(nexus -> nexus.initiator().equals(notice.initiator()))
                        .forEach(nexus -> nexus.raise(notice.sense()));
            }
        }
        return result;
    }

    /** Aborts the tasks that some initiators have here. */
    void abortTasksOf(List<String> initiators, Runnable ended) {
        forEach(
                nexuses.stream()
                        .filter(nexus -> initiators.contains(nexus.initiator()))
                        .toList(),
                ScsiWire.VIRTIO_SCSI_S_ABORTED,
                ended);
    }

    /** Aborts all tasks here, and tells everybody but who asked for it why. */
    void abortAll(@Nullable Nexus by, int response, Sense attention, Runnable ended) {
        tellOthers(by, attention);
        forEach(List.copyOf(nexuses), response, ended);
    }

    /** A task that only waits for others to end has done its work; two that wait for each other would never end. */
    private static void forEach(List<Nexus> concerned, int response, Runnable ended) {
        DeviceTasks.Gathering all = new DeviceTasks.Gathering(concerned.size() + 1, _ -> ended.run());
        concerned.forEach(nexus ->
                nexus.device().tasks().abort(task -> task.addressed() == nexus && !task.waits(), response, all::part));
        all.part(0);
    }

    /**
     * Gives it another size, or looks at the host's.
     *
     * @return its size now
     * @throws DeviceException if it cannot have this size, or would lose something unasked
     */
    long resize(NewSize size) throws DeviceException {
        StorageBackend resized = storage;
        if (resized == null) {
            throw new DeviceException(settings.name() + " has no medium.");
        }
        long before = resized.capacityBytes();
        resized.resize(size);
        if (resized.capacityBytes() != before) {
            capacityChanged();
        }
        return resized.capacityBytes();
    }

    private void capacityChanged() {
        for (Nexus nexus : nexuses) {
            nexus.raise(Sense.CAPACITY_DATA_HAS_CHANGED);
            nexus.device().events().changed(nexus.address(), Sense.CAPACITY_DATA_HAS_CHANGED);
        }
    }

    boolean preventsRemoval() {
        return nexuses.stream().anyMatch(Nexus::preventsRemoval);
    }

    /** Asks the guests to let the medium go. */
    void requestEject() {
        nexuses.forEach(nexus -> nexus.mediaEvent(CdCommands.EJECT_REQUEST));
        tellOthers(null, Sense.OPERATOR_MEDIUM_REMOVAL_REQUEST);
    }

    /** The medium leaves; it is closed when nobody works with it any more. */
    synchronized void eject() {
        SizeWatch watching = watch;
        if (watching != null) {
            watching.stop();
            watch = null;
        }
        StorageBackend gone = storage;
        if (gone != null) {
            leaving = true;
            storage = null;
            become(state.withMedium(Optional.of("")));
            nexuses.forEach(nexus -> nexus.mediaEvent(CdCommands.MEDIA_REMOVAL));
            leaveAll(() -> closeElsewhere(gone));
        }
    }

    private void leaveAll(Runnable left) {
        List<Nexus> concerned = List.copyOf(nexuses);
        DeviceTasks.Gathering all = new DeviceTasks.Gathering(concerned.size() + 1, _ -> left.run());
        concerned.forEach(nexus -> nexus.device().tasks().leave(nexus, () -> all.part(0)));
        all.part(0);
    }

    private void closeElsewhere(StorageBackend gone) {
        Runnable close = () -> {
            try {
                gone.close();
            } finally {
                leaving = false;
            }
        };
        try {
            context.blocking().execute(close);
        } catch (RejectedExecutionException e) {
            // The daemon ends; nobody is waited for any more.
            close.run();
        }
    }

    private synchronized void requireEmpty() throws DeviceException {
        if (storage != null || leaving) {
            throw new DeviceException(settings.name() + " has a medium"
                    + (leaving ? ", which is still in use; try again." : "; eject it first."));
        }
    }

    /**
     * A medium comes. May block.
     *
     * @param path another image than the one before
     * @throws DeviceException if there is one already, or if it cannot be had
     */
    void insert(Optional<Path> path) throws DeviceException {
        // Not under the lock that event loops take: to open an image may take long.
        synchronized (insertion) {
            requireEmpty();
            StorageSettings wanted = path.map(settings.storage()::at).orElse(settings.storage());
            if (wanted.path().isEmpty()) {
                throw new DeviceException("Say which image to insert.");
            }
            StorageBackend opened = open(wanted);
            synchronized (this) {
                hold(opened);
                become(state.withMedium(path.map(Path::toString)));
            }
        }
        nexuses.forEach(nexus -> nexus.mediaEvent(CdCommands.NEW_MEDIA));
        tellOthers(null, Sense.NOT_READY_TO_READY_CHANGE);
    }

    /** Closes the medium; what is known of the unit stays. All lanes are closed. May block. */
    @Override
    public synchronized void close() {
        SizeWatch watching = watch;
        if (watching != null) {
            watching.stop();
            watch = null;
        }
        StorageBackend open = storage;
        storage = null;
        if (open != null) {
            open.close();
        }
    }
}
