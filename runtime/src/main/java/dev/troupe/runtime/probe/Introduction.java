package dev.troupe.runtime.probe;

import dev.troupe.transport.frontend.FrontEnd;
import dev.troupe.transport.frontend.FrontEndException;
import dev.troupe.transport.frontend.FrontEndWishes;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.socket.VhostSocketException;
import java.nio.file.Path;
import java.util.Set;

/** Meets a back end: the handshake, with every way in which it can fail turned into a sentence. Any thread. */
public final class Introduction {

    /** What is asked for: enough to look and to drive queues, nothing that the back end would have to hold for us. */
    private static final Set<ProtocolFeature> WANTED =
            Set.of(ProtocolFeature.MQ, ProtocolFeature.REPLY_ACK, ProtocolFeature.CONFIG);

    private Introduction() {}

    /**
     * Connects and shakes hands. The number of memory slots is asked for by {@link Probe}, as that needs one more feature.
     *
     * @param socket where the back end listens
     * @param timeoutMs how long to wait for each answer, in milliseconds
     * @return the front end, to be closed by the caller
     * @throws NoBackEndException if nobody listens or nobody answers
     */
    public static FrontEnd meet(Path socket, int timeoutMs) throws NoBackEndException {
        return meet(socket, timeoutMs, WANTED);
    }

    static FrontEnd meet(Path socket, int timeoutMs, Set<ProtocolFeature> wanted) throws NoBackEndException {
        FrontEndWishes wishes =
                FrontEndWishes.usual().withProtocolFeatures(wanted).withTimeoutMs(timeoutMs);
        try {
            return FrontEnd.connect(socket, wishes);
        } catch (VhostSocketException e) {
            throw new NoBackEndException(String.valueOf(e.getMessage()), e);
        } catch (FrontEndException e) {
            throw new NoBackEndException(sentence(socket, timeoutMs, e), e);
        }
    }

    private static String sentence(Path socket, int timeoutMs, FrontEndException e) {
        return switch (e.kind()) {
            case TIMEOUT ->
                "Somebody listens on " + socket + " but has not answered for " + timeoutMs
                        + " ms. Most likely another front end is connected: a back end serves one at a time."
                        + " Disconnect it and try again.";
            case CLOSED ->
                "The back end on " + socket + " closed the connection at once. Most likely another front end is"
                        + " connected; otherwise its log says why. (" + e.getMessage() + ")";
            case REFUSED, BAD_REPLY, NOT_NEGOTIATED ->
                "What listens on " + socket + " does not speak vhost-user as it should: " + e.getMessage();
        };
    }
}
