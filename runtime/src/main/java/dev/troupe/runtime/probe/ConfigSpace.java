package dev.troupe.runtime.probe;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.transport.protocol.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A configuration space as a back end showed it, little-endian. Any thread may use it.
 *
 * @param content its first bytes; none if there is no configuration space
 */
public record ConfigSpace(Bytes content) {

    /** A device without one. */
    public static final ConfigSpace NONE = new ConfigSpace(Bytes.EMPTY);

    /**
     * The values of all fields that lie within what was read.
     *
     * @param fields the device type's fields
     * @return values by field name, unsigned, in the order of the fields
     */
    public Map<String, Long> values(List<ConfigField> fields) {
        Map<String, Long> values = new LinkedHashMap<>();
        fields.stream()
                .filter(field -> field.offset() + field.sizeBytes() <= content.lengthBytes())
                .forEach(field -> values.put(field.name(), read(field)));
        return values;
    }

    /**
     * The value of one field.
     *
     * @param fields the device type's fields
     * @param name the field's name
     * @return its value, unsigned; empty if there is no such field or it lies beyond what was read
     */
    public OptionalLong value(List<ConfigField> fields, String name) {
        Long value = values(fields).get(name);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /** Whether there is nothing in it. */
    public boolean isBlank() {
        byte[] bytes = content.toArray();
        int any = 0;
        for (byte b : bytes) {
            any |= b;
        }
        return any == 0;
    }

    private long read(ConfigField field) {
        ByteBuffer bytes = content.asBuffer().order(ByteOrder.LITTLE_ENDIAN);
        return switch (field.sizeBytes()) {
            case 1 -> bytes.get(field.offset()) & 0xffL;
            case 2 -> bytes.getShort(field.offset()) & 0xffffL;
            case 4 -> bytes.getInt(field.offset()) & 0xffff_ffffL;
            default -> bytes.getLong(field.offset());
        };
    }
}
