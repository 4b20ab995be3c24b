package dev.troupe.runtime.upgrade;

import dev.troupe.actors.vault.Inheritance;
import dev.troupe.actors.vault.Vault;
import dev.troupe.runtime.control.Lineage;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.sys.SysException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** The lineage as it lies in the vault: a memory file with three lines. No device has its name, as names begin otherwise. */
public final class LineageRecord {

    private static final String NAME = ".lineage";
    private static final int LONGEST_BYTES = 4096;

    private LineageRecord() {}

    /** Takes what an earlier process left; a first lineage if there is nothing that can be read. */
    public static Lineage take(Inheritance inheritance) {
        Optional<Fd> found = inheritance.take(NAME);
        if (found.isEmpty()) {
            return Lineage.FIRST;
        }
        try (Fd fd = found.get();
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(LONGEST_BYTES);
            int length = HostFile.read(fd, bytes, 0);
            byte[] text = bytes.asSlice(0, Math.max(0, length)).toArray(ValueLayout.JAVA_BYTE);
            return decode(new String(text, StandardCharsets.UTF_8).lines().toList());
        }
    }

    /** Leaves it for the next process. */
    public static void put(Vault vault, Lineage lineage) {
        byte[] text = String.join("\n", encode(lineage)).getBytes(StandardCharsets.UTF_8);
        try (Fd fd = MemFd.create("troupe-lineage", text.length, false);
                Arena arena = Arena.ofConfined()) {
            HostFile.write(fd, arena.allocateFrom(ValueLayout.JAVA_BYTE, text), 0);
            vault.put(NAME, fd);
        } catch (SysException e) {
            // Too many descriptors: the counts are the least that is lost then, and the devices tell of theirs.
            vault.remove(NAME);
        }
    }

    /** There will be no next process. */
    public static void remove(Vault vault) {
        vault.remove(NAME);
    }

    static List<String> encode(Lineage lineage) {
        return List.of(
                Integer.toString(lineage.upgrades()),
                Integer.toString(lineage.recoveries()),
                lineage.last().orElse(""));
    }

    static Lineage decode(List<String> lines) {
        try {
            Optional<String> last =
                    lines.size() < 3 || lines.get(2).isEmpty() ? Optional.empty() : Optional.of(lines.get(2));
            return new Lineage(Integer.parseInt(lines.get(0)), Integer.parseInt(lines.get(1)), last);
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            return Lineage.FIRST;
        }
    }
}
