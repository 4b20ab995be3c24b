package dev.troupe.actors.vault;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * One record in a memory file that survives its writer at any instant. Little-endian:
 *
 * <pre>
 * offset 0        u64 magic "TROUPERC", u32 layout version 1, u32 zero
 * offset 4096     slot 0: u64 sequence, u32 length, u32 CRC32C, then the body
 * offset 4096 + S slot 1, likewise; S = 1 MiB
 * </pre>
 *
 * The CRC is of sequence, length and body. A writer fills the older slot with sequence 0, which makes it void, and sets the
 * sequence last; a reader takes the valid slot with the higher sequence. One thread at a time.
 */
public final class RecordFile implements AutoCloseable {

    /** The longest body, in bytes. */
    public static final int MAX_BODY_BYTES = (1 << 20) - RecordFile.SLOT_HEADER_BYTES;

    static final int SLOT_HEADER_BYTES = 16;
    static final long FIRST_SLOT = 4096;
    static final long SLOT_BYTES = 1 << 20;
    static final long FILE_BYTES = FIRST_SLOT + 2 * SLOT_BYTES;

    private static final long MAGIC = 0x4352_4550_554f_5254L;
    private static final int LAYOUT_VERSION = 1;
    private static final int VERSION_OFFSET = 8;
    private static final int LENGTH_OFFSET = 8;
    private static final int CRC_OFFSET = 12;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Fd fd;
    private final Mapping mapping;
    private final MemorySegment file;
    private long sequence;
    private int nextSlot;
    private boolean prepared;

    private RecordFile(Fd fd, Mapping mapping) {
        this.fd = fd;
        this.mapping = mapping;
        this.file = mapping.segment();
    }

    /** A new file without a record. */
    public static RecordFile create(String device) {
        Fd fd = MemFd.create("troupe-record-" + device, FILE_BYTES, true);
        try {
            RecordFile made = new RecordFile(fd, Mapping.map(fd, 0, FILE_BYTES, true));
            made.file.set(INT, VERSION_OFFSET, LAYOUT_VERSION);
            made.file.set(LONG, 0, MAGIC);
            return made;
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /**
     * Opens the file of an earlier process.
     *
     * @param fd the file; owned by the result, and closed if this fails
     * @throws RecordException if it is no such file
     */
    public static RecordFile open(Fd fd) {
        try {
            long bytes = HostFile.stat(fd).sizeBytes();
            if (bytes < FILE_BYTES) {
                throw new RecordException("its file has " + bytes + " bytes in place of " + FILE_BYTES);
            }
            RecordFile opened = new RecordFile(fd, Mapping.map(fd, 0, FILE_BYTES, true));
            opened.checkHeader();
            return opened;
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private void checkHeader() {
        long magic = file.get(LONG, 0);
        int version = file.get(INT, VERSION_OFFSET);
        if (magic == MAGIC && version == LAYOUT_VERSION) {
            return;
        }
        mapping.close();
        throw new RecordException(
                magic == MAGIC
                        ? "its file has layout " + version + ", and this program knows layout " + LAYOUT_VERSION
                        : "its file is none of Troupe's");
    }

    /**
     * The newest record that is whole; further writing goes on behind it.
     *
     * @return a copy of its body
     * @throws RecordException if neither slot holds a whole record
     */
    public byte[] read() {
        byte[] first = body(0);
        byte[] second = body(1);
        if (first == null && second == null) {
            throw new RecordException("neither of its two slots holds a whole record");
        }
        boolean firstIsNewer = second == null || (first != null && sequenceOf(0) > sequenceOf(1));
        int newest = firstIsNewer ? 0 : 1;
        sequence = sequenceOf(newest);
        nextSlot = 1 - newest;
        return firstIsNewer && first != null ? first : java.util.Objects.requireNonNull(second);
    }

    private static long offset(int slot) {
        return FIRST_SLOT + slot * SLOT_BYTES;
    }

    private long sequenceOf(int slot) {
        return file.get(LONG, offset(slot));
    }

    private byte @org.jspecify.annotations.Nullable [] body(int slot) {
        long at = offset(slot);
        long number = sequenceOf(slot);
        int length = file.get(INT, at + LENGTH_OFFSET);
        if (number == 0 || length < 0 || length > MAX_BODY_BYTES) {
            return null;
        }
        byte[] body = file.asSlice(at + SLOT_HEADER_BYTES, length).toArray(ValueLayout.JAVA_BYTE);
        return crc(number, body) == file.get(INT, at + CRC_OFFSET) ? body : null;
    }

    private static int crc(long number, byte[] body) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(number)
                .putInt(body.length)
                .flip());
        crc.update(body);
        return (int) crc.getValue();
    }

    /**
     * Fills the older slot. What was published before stays what a reader finds until {@link #publish()}.
     *
     * @throws IllegalArgumentException if the body is longer than {@link #MAX_BODY_BYTES}
     */
    public void prepare(byte[] body) {
        if (body.length > MAX_BODY_BYTES) {
            throw new IllegalArgumentException("a record of " + body.length + " bytes");
        }
        long at = offset(nextSlot);
        file.set(LONG, at, 0);
        // Ordering: a reader must find the slot void before any of its bytes change; it runs after we died, and sees
        // our
        // stores in the order in which they became visible.
        VarHandle.releaseFence();
        file.set(INT, at + LENGTH_OFFSET, body.length);
        file.set(INT, at + CRC_OFFSET, crc(sequence + 1, body));
        MemorySegment.copy(body, 0, file, ValueLayout.JAVA_BYTE, at + SLOT_HEADER_BYTES, body.length);
        prepared = true;
    }

    /** Makes what was prepared the record: one store. Does nothing if nothing was prepared. */
    public void publish() {
        if (!prepared) {
            return;
        }
        prepared = false;
        sequence++;
        // Ordering: the body before the sequence that makes it valid.
        VarHandle.releaseFence();
        file.set(LONG, offset(nextSlot), sequence);
        nextSlot = 1 - nextSlot;
    }

    /** The file, owned by this. */
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        mapping.close();
        fd.close();
    }
}
