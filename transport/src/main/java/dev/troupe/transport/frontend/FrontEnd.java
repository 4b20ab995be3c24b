package dev.troupe.transport.frontend;

import dev.troupe.transport.frontend.FrontEndException.Kind;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.InflightRegion;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.protocol.RegionDescription;
import dev.troupe.transport.protocol.VirtioFeature;
import dev.troupe.transport.socket.UnixAddress;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A front end: what QEMU does on a vhost-user socket, as plain blocking calls. One thread at a time. Every call waits for
 * the back end's answer where there is one, acknowledgements included once REPLY_ACK is negotiated, and throws {@link
 * FrontEndException} if the back end refuses, is silent or goes away. Descriptors given to a call stay the caller's.
 */
public final class FrontEnd implements AutoCloseable {
    private final FrontEndWire wire;
    private final FrontEndWishes wishes;
    private FrontEndSession session = FrontEndSession.NONE;
    private @Nullable BackEndChannel backChannel;
    private ToLongFunction<BackEndMessage> backChannelAnswers = BackEndChannel.AGREE;

    private FrontEnd(VhostSocket socket, FrontEndWishes wishes) {
        this.wire = new FrontEndWire(socket, wishes.timeoutMs());
        this.wishes = wishes;
    }

    /**
     * Connects with the usual wishes and does the handshake.
     *
     * @param path where the back end listens
     * @return the front end
     */
    public static FrontEnd connect(Path path) {
        return connect(path, FrontEndWishes.usual());
    }

    /**
     * Connects and does the handshake.
     *
     * @param path where the back end listens
     * @param wishes what to negotiate
     * @return the front end
     */
    public static FrontEnd connect(Path path, FrontEndWishes wishes) {
        FrontEnd frontEnd = over(VhostSocket.connect(UnixAddress.of(path)), wishes);
        try {
            frontEnd.handshake();
            return frontEnd;
        } catch (RuntimeException e) {
            frontEnd.close();
            throw e;
        }
    }

    /**
     * Speaks over a connected socket; the handshake is left to the caller.
     *
     * @param socket the socket; owned by the result
     * @param wishes what to negotiate
     * @return the front end
     */
    public static FrontEnd over(VhostSocket socket, FrontEndWishes wishes) {
        return new FrontEnd(socket, wishes);
    }

    /**
     * The first half of a session, in QEMU's order: features, protocol features, number of queues, memory slots, back
     * channel, owner, features again, config space. What the back end does not offer is left out.
     *
     * @return what was found out, also in {@link #session()}
     */
    public FrontEndSession handshake() {
        long offered = getFeatures();
        long offeredProtocol = 0;
        if (VirtioFeature.PROTOCOL_FEATURES.isIn(offered)) {
            offeredProtocol = getProtocolFeatures();
            setProtocolFeatures(offeredProtocol & ProtocolFeature.maskOf(wishes.protocolFeatures()));
        }
        long queues = session.has(ProtocolFeature.MQ) ? getQueueNum() : 1;
        long slots = session.has(ProtocolFeature.CONFIGURE_MEM_SLOTS) ? getMaxMemSlots() : 8;
        if (session.has(ProtocolFeature.BACKEND_REQ)) {
            openBackChannel();
        }
        setOwner();
        offered = getFeatures();
        boolean readConfig = wishes.configBytes() > 0 && session.has(ProtocolFeature.CONFIG);
        Bytes config = readConfig ? getConfig(0, wishes.configBytes()) : Bytes.EMPTY;
        session = new FrontEndSession(offered, offeredProtocol, session.protocolFeatures(), queues, slots, config);
        return session;
    }

    /** What the handshake has found out; nothing before it. */
    public FrontEndSession session() {
        return session;
    }

    /** The wire under the calls, for requests without a method here and for bytes that no front end should send. */
    public FrontEndWire wire() {
        return wire;
    }

    /** GET_FEATURES; also a barrier: all requests before it have been dealt with. Returns the offered bits. */
    public long getFeatures() {
        return askNumber(new FrontEndMessage.GetFeatures());
    }

    /**
     * SET_FEATURES. VHOST_USER_F_PROTOCOL_FEATURES is added if protocol features were negotiated, as QEMU does; without
     * that bit all rings would be enabled at once.
     *
     * @param features the bits the driver accepts, with VHOST_F_LOG_ALL while migrating
     */
    public void setFeatures(long features) {
        boolean protocol = !session.protocolFeatures().isEmpty();
        wire.ask(new FrontEndMessage.SetFeatures(features | (protocol ? VirtioFeature.PROTOCOL_FEATURES.mask() : 0)));
    }

    /** GET_PROTOCOL_FEATURES: the offered protocol feature bits. */
    public long getProtocolFeatures() {
        return askNumber(new FrontEndMessage.GetProtocolFeatures());
    }

    /** SET_PROTOCOL_FEATURES. From here on acknowledgements are asked for if REPLY_ACK is among them (features: the bits). */
    public void setProtocolFeatures(long features) {
        wire.ask(new FrontEndMessage.SetProtocolFeatures(features));
        Set<ProtocolFeature> set = ProtocolFeature.setOf(features);
        session = new FrontEndSession(
                session.offeredFeatures(),
                session.offeredProtocolFeatures(),
                set,
                session.maxQueues(),
                session.maxMemSlots(),
                session.config());
        wire.useReplyAck(set.contains(ProtocolFeature.REPLY_ACK));
    }

    /** GET_QUEUE_NUM: how many queues the back end can serve. */
    public long getQueueNum() {
        return askNumber(new FrontEndMessage.GetQueueNum());
    }

    /** GET_MAX_MEM_SLOTS: how many memory regions it can hold. */
    public long getMaxMemSlots() {
        return askNumber(new FrontEndMessage.GetMaxMemSlots());
    }

    /** SET_OWNER. */
    public void setOwner() {
        wire.ask(new FrontEndMessage.SetOwner());
    }

    /** What to answer on the back channel; to be set before it is opened (answers: 0 for success; called on the channel's thread). */
    public void answerBackChannelWith(ToLongFunction<BackEndMessage> answers) {
        backChannelAnswers = answers;
    }

    /** SET_BACKEND_REQ_FD: opens the back channel and listens to it. The handshake does this already if it can. */
    public void openBackChannel() {
        closeBackChannel();
        List<VhostSocket> ends = VhostSocket.pair();
        backChannel = new BackEndChannel(ends.get(0), backChannelAnswers);
        try (VhostSocket theirs = ends.get(1)) {
            wire.ask(new FrontEndMessage.SetBackendReqFd(lend(theirs.readiness())));
        }
    }

    /**
     * The back channel.
     *
     * @return the channel
     * @throws FrontEndException if it has not been opened
     */
    public BackEndChannel backChannel() {
        BackEndChannel open = backChannel;
        if (open == null) {
            throw new FrontEndException(
                    Kind.NOT_NEGOTIATED, "There is no back channel: BACKEND_REQ is not negotiated.");
        }
        return open;
    }

    /**
     * GET_CONFIG.
     *
     * @param offset the first byte
     * @param sizeBytes how many, 1 to 256
     * @return the contents
     */
    public Bytes getConfig(int offset, int sizeBytes) {
        BackEndReply reply = wire.ask(new FrontEndMessage.GetConfig(offset, sizeBytes, 0));
        if (reply instanceof BackEndReply.Config config && config.data().lengthBytes() == sizeBytes) {
            return config.data();
        }
        throw badReply("GET_CONFIG", reply);
    }

    /**
     * SET_CONFIG.
     *
     * @param offset the first byte
     * @param flags 0, or {@link FrontEndMessage.SetConfig#FOR_MIGRATION}
     * @param data what to write
     */
    public void setConfig(int offset, int flags, Bytes data) {
        wire.ask(new FrontEndMessage.SetConfig(offset, flags, data));
    }

    /** SET_MEM_TABLE (regions: the regions, at most 8; fds: the file of each region). */
    public void setMemTable(List<RegionDescription> regions, List<Fd> fds) {
        wire.ask(new FrontEndMessage.SetMemTable(regions, lend(fds.toArray(Fd[]::new))));
    }

    /** ADD_MEM_REG (region: the region; fd: its file). */
    public void addMemRegion(RegionDescription region, Fd fd) {
        wire.ask(new FrontEndMessage.AddMemReg(region, lend(fd)));
    }

    /** REM_MEM_REG (region: the region). */
    public void removeMemRegion(RegionDescription region) {
        wire.ask(new FrontEndMessage.RemMemReg(region, PassedFds.none()));
    }

    /**
     * Everything a vring needs, in QEMU's order: NUM, BASE, ADDR, KICK (and one kick, as QEMU sends), CALL, ERR. It is not
     * enabled yet.
     *
     * @param index the vring
     * @param num its size in descriptors
     * @param base where it goes on, 0 at first
     * @param addresses its areas
     * @param fds its eventfds
     */
    public void setupVring(int index, int num, int base, VringAddresses addresses, VringFds fds) {
        wire.ask(new FrontEndMessage.SetVringNum(index, num));
        wire.ask(new FrontEndMessage.SetVringBase(index, base));
        setVringAddr(index, 0, addresses, 0);
        setVringKick(index, fds.kick());
        EventFd.signal(fds.kick());
        setVringCall(index, fds.call());
        wire.ask(new FrontEndMessage.SetVringErr(index, lend(fds.err())));
    }

    /**
     * SET_VRING_ADDR.
     *
     * @param index the vring
     * @param flags 0, or {@link FrontEndMessage.SetVringAddr#F_LOG}
     * @param addresses its areas
     * @param logGuestAddress the used ring's guest physical address, for the log
     */
    public void setVringAddr(int index, int flags, VringAddresses addresses, long logGuestAddress) {
        wire.ask(new FrontEndMessage.SetVringAddr(
                index, flags, addresses.descriptors(), addresses.used(), addresses.avail(), logGuestAddress));
    }

    /** SET_VRING_KICK (index: the vring; kick: the eventfd). */
    public void setVringKick(int index, Fd kick) {
        wire.ask(new FrontEndMessage.SetVringKick(index, lend(kick)));
    }

    /** SET_VRING_CALL; allowed at any time (index: the vring; call: the eventfd). */
    public void setVringCall(int index, Fd call) {
        wire.ask(new FrontEndMessage.SetVringCall(index, lend(call)));
    }

    /** SET_VRING_ENABLE (index: the vring; enable: on or off). */
    public void setVringEnable(int index, boolean enable) {
        wire.ask(new FrontEndMessage.SetVringEnable(index, enable));
    }

    /**
     * GET_VRING_BASE: stops the vring.
     *
     * @param index the vring
     * @return where it stands, as {@link #setupVring} takes it
     */
    public int getVringBase(int index) {
        return askBase(index, new FrontEndMessage.GetVringBase(index));
    }

    private int askBase(int index, FrontEndMessage question) {
        BackEndReply reply = wire.ask(question);
        if (reply instanceof BackEndReply.VringBase base && base.index() == index) {
            return base.base();
        }
        throw badReply(question.name(), reply);
    }

    /**
     * GET_VRING_BASE_SKIP_DRAIN: stops the vring; requests under way stay in the in-flight region.
     *
     * @param index the vring
     * @return where it stands, as {@link #setupVring} takes it
     */
    public int getVringBaseSkipDrain(int index) {
        return askBase(index, new FrontEndMessage.GetVringBaseSkipDrain(index));
    }

    /**
     * SET_DEVICE_STATE_FD: has the device's state written to a descriptor, or read from it.
     *
     * @param load whether the back end reads
     * @param fd the descriptor, which stays the caller's: close it so that the end can be seen
     */
    public void setDeviceStateFd(boolean load, Fd fd) {
        wire.ask(new FrontEndMessage.SetDeviceStateFd(load ? 1 : 0, 0, lend(fd)))
                .close();
    }

    /** CHECK_DEVICE_STATE: an exception of kind REFUSED if the state was not transferred whole. */
    public void checkDeviceState() {
        wire.ask(new FrontEndMessage.CheckDeviceState());
    }

    /** GET_STATUS: the device status byte. */
    public long getStatus() {
        return askNumber(new FrontEndMessage.GetStatus());
    }

    /** SET_STATUS (status: the device status byte). */
    public void setStatus(long status) {
        wire.ask(new FrontEndMessage.SetStatus(status));
    }

    /** RESET_DEVICE. */
    public void resetDevice() {
        wire.ask(new FrontEndMessage.ResetDevice());
    }

    /**
     * GET_INFLIGHT_FD.
     *
     * @param numQueues how many queues
     * @param queueSize their size in descriptors
     * @return the region and its file; the caller closes it
     */
    public BackEndReply.InflightFd getInflightFd(int numQueues, int queueSize) {
        InflightRegion wanted = new InflightRegion(0, 0, numQueues, queueSize);
        BackEndReply reply = wire.ask(new FrontEndMessage.GetInflightFd(wanted, 24));
        if (reply instanceof BackEndReply.InflightFd inflight && inflight.fds().count() == 1) {
            return inflight;
        }
        throw badReply("GET_INFLIGHT_FD", reply);
    }

    /** SET_INFLIGHT_FD (region: what the back end answered to GET_INFLIGHT_FD; fd: its file). */
    public void setInflightFd(InflightRegion region, Fd fd) {
        wire.ask(new FrontEndMessage.SetInflightFd(region, lend(fd)));
    }

    /**
     * SET_LOG_BASE.
     *
     * @param mmapSizeBytes the log's length
     * @param mmapOffset where it begins in the file
     * @param fd its file
     */
    public void setLogBase(long mmapSizeBytes, long mmapOffset, Fd fd) {
        wire.ask(new FrontEndMessage.SetLogBase(mmapSizeBytes, mmapOffset, lend(fd)));
    }

    private long askNumber(FrontEndMessage question) {
        BackEndReply reply = wire.ask(question);
        if (reply instanceof BackEndReply.U64 number) {
            return number.value();
        }
        throw badReply(question.name(), reply);
    }

    private static FrontEndException badReply(String request, BackEndReply reply) {
        reply.close();
        return new FrontEndException(Kind.BAD_REPLY, "The back end answered " + request + " with " + reply + ".");
    }

    private static PassedFds lend(Fd... fds) {
        return PassedFds.of(Arrays.stream(fds).map(Fd::duplicate).toList());
    }

    private void closeBackChannel() {
        BackEndChannel open = backChannel;
        if (open != null) {
            open.close();
        }
    }

    /** Closes the connection and the back channel. May be called again. */
    @Override
    public void close() {
        wire.close();
        closeBackChannel();
    }
}
