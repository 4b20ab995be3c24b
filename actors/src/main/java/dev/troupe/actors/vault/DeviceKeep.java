package dev.troupe.actors.vault;

import dev.troupe.actors.device.SavedState;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.MemFd;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one device leaves to a later process: its record, its descriptors, its memory files, its own state. Used on the
 * control loop, but for {@link #memory} and {@link #state(String)}, which any thread may call.
 */
public final class DeviceKeep implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DeviceKeep.class);
    private static final String RECORD = "record";

    /** What a listening socket is kept as. */
    public static final String LISTENER = "listener";

    private final String device;
    private final KeptFds room;
    private final List<DeviceRecord.Memory> memories = new ArrayList<>();
    private final Set<String> usedMemories = new HashSet<>();
    private volatile TypedState state = new TypedState("", SavedState.NONE);
    private @Nullable RecordFile file;
    private @Nullable DeviceRecord inherited;

    /** The state of one type means nothing to another. */
    private record TypedState(String type, SavedState state) {}

    /** Looks for what an earlier process left of the device; a record that cannot be used is said in the log. */
    public DeviceKeep(String device, KeptFds room) {
        this.device = device;
        this.room = room;
        String name = VaultName.plain(device, RECORD).toString();
        room.claim(name).ifPresent(fd -> inherit(name, fd));
    }

    private void inherit(String name, Fd fd) {
        RecordFile opened = null;
        try {
            opened = RecordFile.open(fd);
            DeviceRecord record = DeviceRecordCodec.decode(opened.read());
            for (DeviceRecord.Memory memory : record.memories()) {
                room.claim(memory.fd()).ifPresent(found -> {
                    found.close();
                    memories.add(memory);
                });
            }
            state = new TypedState(record.type(), record.state());
            inherited = record;
            file = opened;
        } catch (RecordException e) {
            LOG.error(
                    "{}: the record of an earlier process cannot be used: {}; its front end has to connect anew",
                    device,
                    e.getMessage());
            if (opened != null) {
                opened.close();
            }
            room.release(name);
            // The device is about to listen at the same place.
            room.dropUnclaimed(device, LISTENER);
        }
    }

    /** The record that an earlier process left; it stays until {@link #settled}. */
    public Optional<DeviceRecord> inherited() {
        return Optional.ofNullable(inherited);
    }

    /** What an earlier process left has been taken up, or given up. */
    public void settled() {
        inherited = null;
    }

    /** What a device of this type left that was open before, in this process or an earlier one. Any thread. */
    public SavedState state(String type) {
        TypedState last = state;
        return last.type().equals(type) ? last.state() : SavedState.NONE;
    }

    /** Remembers what has to outlive the device that is open; it is written down with the next record. Any thread. */
    public void state(String type, SavedState now) {
        state = new TypedState(type, now);
    }

    /** As {@link KeptFds#keep}. */
    public String keep(String what, Fd fd) {
        return room.keep(device, what, fd);
    }

    /** As {@link KeptFds#claim}. */
    public Optional<Fd> claim(String name) {
        return room.claim(name);
    }

    /** As {@link KeptFds#release}. */
    public void release(String name) {
        room.release(name);
    }

    /**
     * A memory file that outlives the device and the process; zeros when it is made. Any thread.
     *
     * @param what tells apart what one device keeps
     * @param sizeBytes its size; another size is another file
     * @return a duplicate, owned by the caller
     * @throws dev.troupe.transport.sys.SysException if the host has no such memory
     */
    public synchronized Fd memory(String what, long sizeBytes) {
        Optional<Fd> known = memories.stream()
                .filter(memory -> memory.what().equals(what) && memory.sizeBytes() == sizeBytes)
                .findFirst()
                .flatMap(memory -> duplicate(memory, sizeBytes));
        if (known.isPresent()) {
            return known.get();
        }
        Fd made = MemFd.create("troupe-" + device, sizeBytes, true);
        String name = room.keep(device, "memory", made);
        memories.add(new DeviceRecord.Memory(what, sizeBytes, name));
        usedMemories.add(name);
        return made;
    }

    private Optional<Fd> duplicate(DeviceRecord.Memory memory, long sizeBytes) {
        Optional<Fd> found = room.claim(memory.fd());
        found.ifPresent(fd -> room.release(memory.fd()));
        if (found.isPresent() && HostFile.stat(found.get()).sizeBytes() != sizeBytes) {
            found.get().close();
            return Optional.empty();
        }
        usedMemories.add(memory.fd());
        return found;
    }

    /** The device has opened: memory files of an earlier process that it did not ask for are let go. */
    public synchronized void dropUnusedMemories() {
        for (DeviceRecord.Memory memory : List.copyOf(memories)) {
            if (!usedMemories.contains(memory.fd())) {
                memories.remove(memory);
                room.release(memory.fd());
            }
        }
    }

    /** The memory files there are. */
    public synchronized List<DeviceRecord.Memory> memories() {
        return List.copyOf(memories);
    }

    /** Writes a record down; the one before counts until {@link #publish}. */
    public void prepare(DeviceRecord record) {
        RecordFile current = file;
        if (current == null) {
            current = RecordFile.create(device);
            room.keepOne(device, RECORD, current.fd());
            file = current;
        }
        current.prepare(DeviceRecordCodec.encode(record));
    }

    /** Makes the record that was prepared the one that a later process finds. */
    public void publish() {
        if (file != null) {
            file.publish();
        }
    }

    /** The device is no more: nothing of it is kept any longer. */
    public synchronized void remove() {
        memories.forEach(memory -> room.release(memory.fd()));
        memories.clear();
        if (file != null) {
            room.release(VaultName.plain(device, RECORD).toString());
        }
        close();
    }

    /** Closes what is open here; what is kept stays kept. */
    @Override
    public synchronized void close() {
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
