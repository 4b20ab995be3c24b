package dev.troupe.actors.vault;

import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.vault.DeviceRecord.Agreed;
import dev.troupe.actors.vault.DeviceRecord.Connection;
import dev.troupe.actors.vault.DeviceRecord.EventFds;
import dev.troupe.actors.vault.DeviceRecord.Hand;
import dev.troupe.actors.vault.DeviceRecord.Inflight;
import dev.troupe.actors.vault.DeviceRecord.Log;
import dev.troupe.actors.vault.DeviceRecord.Memory;
import dev.troupe.actors.vault.DeviceRecord.Offered;
import dev.troupe.actors.vault.DeviceRecord.Region;
import dev.troupe.actors.vault.DeviceRecord.Vring;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.ring.InflightRegion;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.sys.SocketFd;

/**
 * {@link DeviceRecord} as bytes and back. The body begins with a u32, the format's version; then the components follow in
 * the order of the records: numbers little-endian, a text as u16 length and UTF-8 (length 0xffff: not there), a list as u16
 * count, an optional part as a byte 0 or 1. A change of any of this is a new version.
 */
public final class DeviceRecordCodec {

    /** The version that is written. */
    public static final int VERSION = 2;

    private static final int MAX_MEMORIES = 1024;
    private static final int MAX_REGIONS = 4096;
    private static final int MAX_FRAME_BYTES = Header.SIZE + Header.MAX_PAYLOAD_BYTES;
    private static final int MAX_CONFIG_BYTES = 1 << 16;

    private DeviceRecordCodec() {}

    /** The body of a record file. */
    public static byte[] encode(DeviceRecord record) {
        RecordWriter out = new RecordWriter();
        out.u32(VERSION);
        out.text(record.device());
        out.text(record.type());
        out.text(record.endpoint());
        out.u64(record.offer().features());
        out.u64(record.offer().protocolFeatures());
        out.u32(record.offer().queueCount());
        out.u64(record.quietSinceNanos());
        out.text(record.listener());
        out.list(record.memories(), memory -> {
            out.text(memory.what());
            out.u64(memory.sizeBytes());
            out.text(memory.fd());
        });
        out.u32(record.state().version());
        out.raw(record.state().body());
        out.optional(record.connection(), connection -> encode(connection, out));
        return out.toBytes();
    }

    private static void encode(Connection connection, RecordWriter out) {
        out.text(connection.socket());
        out.text(connection.backChannel());
        encode(connection.session(), out);
        out.raw(connection.config());
        out.optional(connection.hand(), hand -> {
            out.raw(hand.frame());
            out.list(hand.fds(), out::text);
        });
    }

    private static void encode(Agreed session, RecordWriter out) {
        out.u64(session.driverFeatures());
        out.flag(session.featuresSet());
        out.u64(session.protocolFeatures());
        out.u32(session.status());
        out.list(session.regions(), region -> {
            out.u64(region.guestAddress());
            out.u64(region.sizeBytes());
            out.u64(region.userAddress());
            out.u64(region.offset());
            out.text(region.fd());
        });
        out.list(session.vrings(), vring -> encode(vring, out));
        out.optional(session.dirtyLog(), log -> {
            out.u64(log.offset());
            out.u64(log.sizeBytes());
            out.text(log.fd());
        });
        out.optional(session.inflight(), inflight -> encode(inflight, out));
    }

    private static void encode(Vring vring, RecordWriter out) {
        out.u32(vring.size());
        out.optional(vring.areas(), areas -> {
            out.u64(areas.descriptorArea());
            out.u64(areas.driverArea());
            out.u64(areas.deviceArea());
        });
        out.u64(vring.logAddress());
        out.u32(vring.base());
        out.flag(vring.started());
        out.flag(vring.enabled());
        out.text(vring.fds().kick());
        out.text(vring.fds().call());
        out.text(vring.fds().error());
        out.optional(vring.ownLog(), inflight -> encode(inflight, out));
    }

    private static void encode(Inflight inflight, RecordWriter out) {
        out.u32(inflight.queues());
        out.u32(inflight.queueSize());
        out.flag(inflight.packed());
        out.u64(inflight.offset());
        out.u64(inflight.sizeBytes());
        out.text(inflight.fd());
    }

    /**
     * Reads the body of a record file.
     *
     * @throws RecordException if it is of another version, or makes no sense
     */
    public static DeviceRecord decode(byte[] body) {
        RecordReader in = new RecordReader(body);
        int version = in.u32();
        if (version != VERSION) {
            throw new RecordException("it has format " + Integer.toUnsignedString(version)
                    + ", written by another version of Troupe; this one reads format " + VERSION);
        }
        DeviceRecord record = new DeviceRecord(
                in.text(),
                in.text(),
                in.text(),
                new Offered(in.u64(), in.u64(), queueCount(in.u32())),
                in.u64(),
                in.textOrNull(),
                in.list(MAX_MEMORIES, () -> new Memory(in.text(), in.u64(), in.text())),
                new SavedState(in.u32(), in.raw(RecordFile.MAX_BODY_BYTES)),
                in.optional(() -> connection(in)));
        in.end();
        return record;
    }

    private static int queueCount(int count) {
        if (count < 0 || count > InflightRegion.MAX_QUEUES) {
            throw new RecordException("it tells of " + count + " virtqueues");
        }
        return count;
    }

    private static Connection connection(RecordReader in) {
        return new Connection(
                in.text(),
                in.textOrNull(),
                session(in),
                in.raw(MAX_CONFIG_BYTES),
                in.optional(() -> new Hand(in.raw(MAX_FRAME_BYTES), in.list(SocketFd.MAX_FDS, in::text))));
    }

    private static Agreed session(RecordReader in) {
        return new Agreed(
                in.u64(),
                in.flag(),
                in.u64(),
                in.u32(),
                in.list(MAX_REGIONS, () -> new Region(in.u64(), in.u64(), in.u64(), in.u64(), in.text())),
                in.list(InflightRegion.MAX_QUEUES, () -> vring(in)),
                in.optional(() -> new Log(in.u64(), in.u64(), in.text())),
                in.optional(() -> inflight(in)));
    }

    private static Vring vring(RecordReader in) {
        return new Vring(
                in.u32(),
                in.optional(() -> {
                    long descriptors = in.u64();
                    long driver = in.u64();
                    return new RingAreas(descriptors, driver, in.u64());
                }),
                in.u64(),
                in.u32(),
                in.flag(),
                in.flag(),
                new EventFds(in.textOrNull(), in.textOrNull(), in.textOrNull()),
                in.optional(() -> inflight(in)));
    }

    private static Inflight inflight(RecordReader in) {
        return new Inflight(in.u32(), in.u32(), in.flag(), in.u64(), in.u64(), in.text());
    }
}
