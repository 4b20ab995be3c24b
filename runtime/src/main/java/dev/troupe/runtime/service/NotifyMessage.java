package dev.troupe.runtime.service;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One datagram of sd_notify(3): lines of the form {@code NAME=value}. Of lines with the same name the first counts.
 *
 * @param fields values by name, in the order of the lines
 */
public record NotifyMessage(Map<String, String> fields) {

    /** Whether the descriptors that come along are to be kept. */
    public static final String STORE = "FDSTORE";
    /** Whether the descriptor of that name is to be let go. */
    public static final String STORE_REMOVE = "FDSTOREREMOVE";
    /** The name of the descriptors. */
    public static final String NAME = "FDNAME";
    /** The process that is the service from now on. */
    public static final String MAIN_PID = "MAINPID";

    /** Copies the map. */
    public NotifyMessage {
        fields = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Reads a datagram; lines that are no assignments are passed over. */
    public static NotifyMessage parse(byte[] datagram) {
        Map<String, String> fields = new LinkedHashMap<>();
        new String(datagram, StandardCharsets.UTF_8).lines().forEach(line -> {
            int equals = line.indexOf('=');
            if (equals > 0) {
                fields.putIfAbsent(line.substring(0, equals), line.substring(equals + 1));
            }
        });
        return new NotifyMessage(fields);
    }

    /** Whether it has the line {@code NAME=1}. */
    public boolean says(String name) {
        return "1".equals(fields.get(name));
    }

    /** A field's value. */
    public Optional<String> value(String name) {
        return Optional.ofNullable(fields.get(name));
    }
}
