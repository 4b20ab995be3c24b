package dev.troupe.actors.vault;

import dev.troupe.transport.sys.Fd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All descriptors of a daemon that a successor needs, each under one name, here as duplicates and in the {@link Vault}. A
 * name is given when something is kept first, stays the same in every later process, and is free again when nobody needs
 * the thing any more.
 *
 * <p>Devices of one virtual machine are handed the same memory file, and queues often the same eventfd: the same open file
 * description has one name, however many use it, because a service manager keeps only one of two. Any thread may call it.
 */
public final class KeptFds implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KeptFds.class);

    private final Vault vault;
    private final Map<String, Kept> byName = new LinkedHashMap<>();
    private final TreeMap<Fd, Kept> byDescription = new TreeMap<>(Fd::compareDescriptions);
    private long lastNumber;

    private static final class Kept {
        private final String name;
        private final Fd fd;
        private int users;

        Kept(String name, Fd fd, int users) {
            this.name = name;
            this.fd = fd;
            this.users = users;
        }
    }

    /**
     * Begins with what an earlier process left, all of which the vault is taken to have.
     *
     * @param vault where everything is kept besides
     * @param inheritance emptied by this
     */
    public KeptFds(Vault vault, Inheritance inheritance) {
        this.vault = vault;
        for (String name : inheritance.names()) {
            inheritance.take(name).ifPresent(fd -> adopt(name, fd));
        }
        inheritance.close();
    }

    private void adopt(String name, Fd fd) {
        Kept kept = new Kept(name, fd, 0);
        byName.put(name, kept);
        byDescription.putIfAbsent(fd, kept);
        VaultName.parse(name)
                .ifPresent(parsed ->
                        lastNumber = Math.max(lastNumber, parsed.number().orElse(0)));
    }

    /**
     * Keeps a descriptor, or finds that it is kept already; each call is undone by one {@link #release}.
     *
     * @param device the device that needs it
     * @param what what it is, lower-case letters
     * @param fd the descriptor; the caller keeps its own
     * @return the name under which a successor finds it
     */
    public synchronized String keep(String device, String what, Fd fd) {
        Kept known = byDescription.get(fd);
        if (known != null) {
            known.users++;
            return known.name;
        }
        lastNumber++;
        return add(VaultName.numbered(device, what, lastNumber).toString(), fd);
    }

    /** Keeps a descriptor of which a device has one only, so that its name is known beforehand. */
    synchronized String keepOne(String device, String what, Fd fd) {
        return add(VaultName.plain(device, what).toString(), fd);
    }

    private String add(String name, Fd fd) {
        Kept kept = new Kept(name, fd.duplicate(), 1);
        Kept before = byName.put(name, kept);
        if (before != null) {
            byDescription.remove(before.fd, before);
            before.fd.close();
        }
        byDescription.put(kept.fd, kept);
        vault.put(name, fd);
        return name;
    }

    /**
     * Needs what an earlier process left under a name; undone by {@link #release}.
     *
     * @return a duplicate, owned by the caller, or empty if nothing is there
     */
    public synchronized Optional<Fd> claim(String name) {
        Kept kept = byName.get(name);
        if (kept == null) {
            return Optional.empty();
        }
        kept.users++;
        return Optional.of(kept.fd.duplicate());
    }

    /** One user needs a thing no more; with the last one it leaves the vault. */
    public synchronized void release(String name) {
        Kept kept = byName.get(name);
        if (kept != null && --kept.users <= 0) {
            drop(kept);
        }
    }

    private void drop(Kept kept) {
        byName.remove(kept.name);
        byDescription.remove(kept.fd, kept);
        vault.remove(kept.name);
        kept.fd.close();
    }

    /**
     * Lets go of what an earlier process left and nobody has claimed.
     *
     * @return its names
     */
    public synchronized List<String> dropUnclaimed() {
        List<Kept> unclaimed =
                byName.values().stream().filter(kept -> kept.users == 0).toList();
        unclaimed.forEach(this::drop);
        List<String> names = unclaimed.stream().map(kept -> kept.name).toList();
        if (!names.isEmpty()) {
            LOG.info("Closed what an earlier process left and nobody wants any more: {}", String.join(", ", names));
        }
        return names;
    }

    /** Lets go of what a device left of one kind, if nobody has claimed it. */
    synchronized void dropUnclaimed(String device, String what) {
        List.copyOf(byName.values()).stream()
                .filter(kept -> kept.users == 0)
                .filter(kept -> VaultName.parse(kept.name)
                        .filter(name ->
                                name.device().equals(device) && name.what().equals(what))
                        .isPresent())
                .forEach(this::drop);
    }

    /** Everything, as duplicates, for a successor. */
    public synchronized Inheritance copy() {
        Map<String, Fd> copies = new LinkedHashMap<>();
        try {
            byName.forEach((name, kept) -> copies.put(name, kept.fd.duplicate()));
        } catch (RuntimeException e) {
            copies.values().forEach(Fd::close);
            throw e;
        }
        return Inheritance.of(copies);
    }

    /** The names of everything that is kept, in the order in which it came. */
    public synchronized List<String> names() {
        return new ArrayList<>(byName.keySet());
    }

    /** Closes the duplicates here; the vault keeps what it has. */
    @Override
    public synchronized void close() {
        byName.values().forEach(kept -> kept.fd.close());
        byName.clear();
        byDescription.clear();
    }
}
