package dev.troupe.devices.testing;

import java.util.function.Consumer;

/**
 * A request that a device answers, and what the answer must be. Probes of a device are made one after the other.
 *
 * @param name for messages
 * @param readable what the driver sends
 * @param writableBytes room for the answer
 * @param check fails if the answer is wrong
 */
// An array as the ring's driver takes it; nobody compares probes.
@SuppressWarnings("ArrayRecordComponent")
public record Probe(String name, byte[] readable, int writableBytes, Consumer<RequestWriter.Answer> check) {
    @Override
    public String toString() {
        return name;
    }
}
