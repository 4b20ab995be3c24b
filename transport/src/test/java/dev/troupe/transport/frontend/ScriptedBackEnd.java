package dev.troupe.transport.frontend;

import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.FrontEndMessage.*;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.InflightRegion;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.ProtocolException;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.protocol.ReplyCodec;
import dev.troupe.transport.protocol.RequestCodec;
import dev.troupe.transport.protocol.VirtioFeature;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.socket.VhostSocketException;
import dev.troupe.transport.sys.MemFd;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A back end with no device behind it: answers everything, remembers what it was asked, and can be told to misbehave. */
final class ScriptedBackEnd implements AutoCloseable {
    static final Bytes CONFIG =
            Bytes.of((byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5, (byte) 6, (byte) 7, (byte) 8);

    private final VhostSocket socket;
    private final Thread thread;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final long protocolFeatures;
    private volatile @Nullable VhostSocket backChannel;
    private volatile String refuse = "";
    private volatile String ignore = "";
    private volatile String closeAt = "";
    private volatile boolean closing;
    private long agreed;

    ScriptedBackEnd(VhostSocket socket, long protocolFeatures) {
        this.socket = socket;
        this.protocolFeatures = protocolFeatures;
        this.thread =
                Thread.ofPlatform().daemon().name("troupe-scripted-back-end").start(this::run);
    }

    ScriptedBackEnd refusing(String request) {
        refuse = request;
        return this;
    }

    ScriptedBackEnd ignoring(String request) {
        ignore = request;
        return this;
    }

    ScriptedBackEnd closingAt(String request) {
        closeAt = request;
        return this;
    }

    /** The requests so far, a "!" behind those that want an acknowledgement. */
    List<String> asked() {
        return List.copyOf(asked);
    }

    VhostSocket backChannel() {
        return Optional.ofNullable(backChannel).orElseThrow();
    }

    private void run() {
        try (socket) {
            while (!closing) {
                if (socket.awaitReadable(20)) {
                    receiveAll();
                }
            }
        } catch (VhostSocketException e) {
            asked.add("closed");
        }
    }

    private void receiveAll() {
        for (Frame frame = socket.receive(); frame != null && !closing; frame = socket.receive()) {
            Header header = frame.header();
            try (FrontEndMessage message = RequestCodec.decode(frame)) {
                asked.add(message.name() + (header.needsReply() ? "!" : ""));
                answer(header, message);
            } catch (ProtocolException e) {
                asked.add("refused: " + e.violation().kind());
                send(ReplyCodec.refusal(header, agreed));
            }
        }
    }

    private void answer(Header header, FrontEndMessage message) {
        if (message.name().equals(closeAt)) {
            closing = true;
        } else if (message.name().equals(refuse)) {
            send(ReplyCodec.refusal(header, agreed));
        } else if (!message.name().equals(ignore)) {
            reply(header, message);
        }
    }

    private void reply(Header header, FrontEndMessage message) {
        BackEndReply reply = switch (message) {
            case GetFeatures m ->
                new BackEndReply.U64(VirtioFeature.maskOf(VirtioFeature.VERSION_1, VirtioFeature.PROTOCOL_FEATURES));
            case GetProtocolFeatures m -> new BackEndReply.U64(protocolFeatures);
            case SetProtocolFeatures m -> {
                agreed = m.features();
                yield null;
            }
            case GetQueueNum m -> new BackEndReply.U64(4);
            case GetMaxMemSlots m -> new BackEndReply.U64(509);
            case GetStatus m -> new BackEndReply.U64(15);
            case GetConfig m -> new BackEndReply.Config(m.offset(), m.flags(), CONFIG);
            case GetVringBase m -> new BackEndReply.VringBase(m.index(), 77);
            case SetLogBase m -> BackEndReply.U64.OK;
            case GetInflightFd m ->
                new BackEndReply.InflightFd(
                        new InflightRegion(
                                4096, 0, m.region().numQueues(), m.region().queueSize()),
                        PassedFds.of(MemFd.create("inflight", 4096, false)));
            case SetBackendReqFd m -> {
                backChannel = VhostSocket.adopt(m.fds().take());
                yield null;
            }
            default -> null;
        };
        if (reply != null) {
            send(ReplyCodec.encode(header, reply));
        } else if (ProtocolFeature.REPLY_ACK.isIn(agreed) && header.needsReply()) {
            send(ReplyCodec.encode(header, BackEndReply.U64.OK));
        }
    }

    private void send(@Nullable Frame frame) {
        if (frame != null) {
            socket.send(frame);
        }
    }

    @Override
    public void close() throws InterruptedException {
        closing = true;
        thread.join();
        VhostSocket channel = backChannel;
        if (channel != null) {
            channel.close();
        }
    }
}
