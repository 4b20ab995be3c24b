package dev.troupe.actors.vault;

import dev.troupe.transport.protocol.Bytes;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads what {@link RecordWriter} wrote, believing nothing: whatever does not fit is a {@link RecordException}. */
final class RecordReader {

    private final ByteBuffer bytes;

    RecordReader(byte[] body) {
        this.bytes = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
    }

    private <T> T within(Supplier<T> read) {
        try {
            return read.get();
        } catch (BufferUnderflowException e) {
            throw new RecordException("it ends too early, after " + bytes.limit() + " bytes");
        }
    }

    int u16() {
        return within(bytes::getShort) & 0xffff;
    }

    int u32() {
        return within(bytes::getInt);
    }

    long u64() {
        return within(bytes::getLong);
    }

    boolean flag() {
        int value = within(bytes::get);
        if (value != 0 && value != 1) {
            throw new RecordException("it has " + value + " for yes or no at byte " + (bytes.position() - 1));
        }
        return value == 1;
    }

    @Nullable
    String textOrNull() {
        int length = u16();
        return length == RecordWriter.ABSENT
                ? null
                : new String(take(length, RecordWriter.ABSENT), StandardCharsets.UTF_8);
    }

    String text() {
        String value = textOrNull();
        if (value == null) {
            throw new RecordException("a text is missing at byte " + bytes.position());
        }
        return value;
    }

    Bytes raw(int mostBytes) {
        return Bytes.of(take(u32(), mostBytes));
    }

    private byte[] take(int length, int most) {
        if (length < 0 || length > most || length > bytes.remaining()) {
            throw new RecordException("it has an impossible length of " + length + " at byte " + bytes.position());
        }
        byte[] taken = new byte[length];
        bytes.get(taken);
        return taken;
    }

    <T> List<T> list(int most, Supplier<T> each) {
        int count = u16();
        if (count > most) {
            throw new RecordException("it has " + count + " entries where " + most + " are the most");
        }
        List<T> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(each.get());
        }
        return values;
    }

    <T> @Nullable T optional(Supplier<T> part) {
        return flag() ? part.get() : null;
    }

    void end() {
        if (bytes.hasRemaining()) {
            throw new RecordException(bytes.remaining() + " bytes follow its end");
        }
    }
}
