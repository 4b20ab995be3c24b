package dev.troupe.runtime.probe;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.transport.frontend.FrontEnd;
import dev.troupe.transport.frontend.FrontEndException;
import dev.troupe.transport.frontend.FrontEndException.Kind;
import dev.troupe.transport.frontend.FrontEndSession;
import dev.troupe.transport.protocol.ProtocolFeature;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Looks at a back end. The length of a configuration space cannot be asked for, and back ends differ in what they do when
 * too much is read (padding, refusal, closing the connection), so several lengths are tried, longest first. Any thread.
 */
public final class Probe {

    private static final int[] USUAL_CONFIG_BYTES = {256, 136, 96, 64, 60, 36, 32, 24, 16, 12, 8, 4};

    private static final Set<ProtocolFeature> WANTED = Set.of(
            ProtocolFeature.MQ, ProtocolFeature.REPLY_ACK, ProtocolFeature.CONFIG, ProtocolFeature.CONFIGURE_MEM_SLOTS);

    private final Path socket;
    private final int timeoutMs;
    private final List<DeviceFactory> known;

    /**
     * Prepares a look at one back end.
     *
     * @param socket where it listens
     * @param timeoutMs how long to wait for each answer, in milliseconds
     * @param known the device types to choose from
     */
    public Probe(Path socket, int timeoutMs, List<DeviceFactory> known) {
        this.socket = socket;
        this.timeoutMs = timeoutMs;
        this.known = List.copyOf(known);
    }

    /**
     * Connects, asks and disconnects.
     *
     * @param type the device type if it is known
     * @return the answers
     * @throws NoBackEndException if nobody answers
     */
    public ProbeResult look(Optional<DeviceFactory> type) throws NoBackEndException {
        FrontEndSession session;
        try (FrontEnd frontEnd = Introduction.meet(socket, timeoutMs, WANTED)) {
            session = frontEnd.session();
        }
        ConfigSpace config =
                session.has(ProtocolFeature.CONFIG) ? readConfig(type.stream().toList()) : ConfigSpace.NONE;
        List<DeviceFactory> types =
                type.map(List::of).orElseGet(() -> TypeGuess.candidates(known, session.offeredFeatures(), config));
        return new ProbeResult(
                socket,
                session.offeredFeatures(),
                session.offeredProtocolFeatures(),
                session.maxQueues(),
                session.maxMemSlots(),
                config,
                types,
                type.isPresent());
    }

    private ConfigSpace readConfig(List<DeviceFactory> type) throws NoBackEndException {
        int[] lengths = lengthsToTry(type);
        int next = 0;
        while (next < lengths.length) {
            // A connection that a too long request has ended is made anew for the next length.
            try (FrontEnd frontEnd = Introduction.meet(socket, timeoutMs, WANTED)) {
                while (next < lengths.length) {
                    int length = lengths[next++];
                    Optional<ConfigSpace> read = tryRead(frontEnd, length);
                    if (read.isPresent()) {
                        return read.get();
                    }
                }
            } catch (FrontEndException e) {
                if (e.kind() != Kind.CLOSED) {
                    throw new NoBackEndException("The back end on " + socket + " fails: " + e.getMessage(), e);
                }
            }
        }
        return ConfigSpace.NONE;
    }

    private static Optional<ConfigSpace> tryRead(FrontEnd frontEnd, int lengthBytes) {
        try {
            return Optional.of(new ConfigSpace(frontEnd.getConfig(0, lengthBytes)));
        } catch (FrontEndException e) {
            if (e.kind() == Kind.REFUSED || e.kind() == Kind.BAD_REPLY) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static int[] lengthsToTry(List<DeviceFactory> type) {
        IntStream ends = type.stream()
                .flatMap(t -> t.configFields().stream())
                .mapToInt((ConfigField field) -> field.offset() + field.sizeBytes());
        return Stream.of(ends, IntStream.of(USUAL_CONFIG_BYTES))
                .flatMapToInt(lengths -> lengths)
                .distinct()
                .map(length -> -length)
                .sorted()
                .map(length -> -length)
                .toArray();
    }
}
