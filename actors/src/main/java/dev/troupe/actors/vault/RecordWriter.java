package dev.troupe.actors.vault;

import dev.troupe.transport.protocol.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The words of which a record consists, little-endian, one after the other. The counterpart of {@link RecordReader}. */
final class RecordWriter {

    /** In place of a length: the text or the part is not there. */
    static final int ABSENT = 0xffff;

    private ByteBuffer bytes = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);

    private ByteBuffer room(int needed) {
        if (bytes.remaining() < needed) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(bytes.capacity() * 2, bytes.position() + needed))
                    .order(ByteOrder.LITTLE_ENDIAN);
            bytes = larger.put(bytes.flip());
        }
        return bytes;
    }

    void u16(int value) {
        room(Short.BYTES).putShort((short) value);
    }

    void u32(int value) {
        room(Integer.BYTES).putInt(value);
    }

    void u64(long value) {
        room(Long.BYTES).putLong(value);
    }

    void flag(boolean value) {
        room(Byte.BYTES).put((byte) (value ? 1 : 0));
    }

    void text(@Nullable String value) {
        if (value == null) {
            u16(ABSENT);
            return;
        }
        byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
        if (encoded.length >= ABSENT) {
            throw new IllegalArgumentException("a text of " + encoded.length + " bytes");
        }
        u16(encoded.length);
        room(encoded.length).put(encoded);
    }

    void raw(Bytes value) {
        u32(value.lengthBytes());
        room(value.lengthBytes()).put(value.asBuffer());
    }

    <T> void list(List<T> values, Consumer<T> each) {
        u16(values.size());
        values.forEach(each);
    }

    <T> void optional(@Nullable T value, Consumer<T> part) {
        flag(value != null);
        if (value != null) {
            part.accept(value);
        }
    }

    byte[] toBytes() {
        byte[] copy = new byte[bytes.position()];
        bytes.duplicate().flip().get(copy);
        return copy;
    }
}
