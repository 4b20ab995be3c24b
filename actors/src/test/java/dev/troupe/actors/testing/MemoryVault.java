package dev.troupe.actors.testing;

import dev.troupe.actors.vault.DeviceRecord;
import dev.troupe.actors.vault.DeviceRecordCodec;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.actors.vault.RecordFile;
import dev.troupe.actors.vault.Vault;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * Keeps descriptors in this process, as a service manager does outside: one open file description has one name, and a second
 * one for it is lost.
 */
public final class MemoryVault implements Vault, AutoCloseable {

    private final Map<String, Fd> kept = new TreeMap<>();
    private boolean frozen;

    @Override
    public synchronized void put(String name, Fd fd) {
        if (frozen) {
            return;
        }
        kept.forEach((other, known) -> {
            if (!other.equals(name) && Fd.compareDescriptions(known, fd) == 0) {
                throw new AssertionError(name + " is kept as " + other + " already");
            }
        });
        Fd before = kept.put(name, fd.duplicate());
        if (before != null) {
            before.close();
        }
    }

    @Override
    public synchronized void remove(String name) {
        if (frozen) {
            return;
        }
        Fd before = kept.remove(name);
        if (before != null) {
            before.close();
        }
    }

    /** Whoever puts, removes and writes records from now on is dead. */
    synchronized void freeze() {
        frozen = true;
        kept.replaceAll((name, fd) -> name.endsWith(".record") ? copy(fd) : fd);
    }

    private static Fd copy(Fd record) {
        long bytes = HostFile.stat(record).sizeBytes();
        Fd copy = MemFd.create("troupe-test-record", bytes, true);
        try (record;
                Mapping from = Mapping.map(record, 0, bytes, false);
                Mapping to = Mapping.map(copy, 0, bytes, true)) {
            to.segment().copyFrom(from.segment());
        }
        return copy;
    }

    synchronized void thaw() {
        frozen = false;
    }

    /** What the next process is started with: duplicates, for the vault keeps everything. */
    public synchronized Inheritance inheritance() {
        Map<String, Fd> copies = new HashMap<>();
        kept.forEach((name, fd) -> copies.put(name, fd.duplicate()));
        return Inheritance.of(copies);
    }

    /** Keeps something besides, under a name of the test's choice. */
    public void add(String name, Fd fd) {
        put(name, fd);
    }

    /** What a device's record says. */
    public synchronized DeviceRecord record(String device) {
        try (RecordFile file = RecordFile.open(recordOf(device).duplicate())) {
            return DeviceRecordCodec.decode(file.read());
        }
    }

    /** Makes a device's record say something else, as if its process had died at another moment. */
    public synchronized void rewrite(String device, UnaryOperator<DeviceRecord> change) {
        try (RecordFile file = RecordFile.open(recordOf(device).duplicate())) {
            DeviceRecord record = DeviceRecordCodec.decode(file.read());
            file.prepare(DeviceRecordCodec.encode(change.apply(record)));
            file.publish();
        }
    }

    private Fd recordOf(String device) {
        return Objects.requireNonNull(kept.get(device + ".record"));
    }

    /** The names of what is kept, without their numbers. */
    public synchronized Set<String> kinds() {
        Set<String> kinds = new TreeSet<>();
        kept.keySet().forEach(name -> kinds.add(name.replaceFirst("\\.[0-9]+$", "")));
        return kinds;
    }

    @Override
    public synchronized void close() {
        kept.values().forEach(Fd::close);
        kept.clear();
    }
}
