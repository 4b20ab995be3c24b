package dev.troupe.devices.vsock;

import static dev.troupe.devices.vsock.VsockWire.HEADER_SIZE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A packet as a guest's driver makes and reads it: written down once more, apart from the device's own code. */
// Bytes as they are sent; nobody compares packets.
@SuppressWarnings("ArrayRecordComponent")
record Packet(
        long srcCid,
        long dstCid,
        int srcPort,
        int dstPort,
        int len,
        int type,
        int op,
        int flags,
        int bufAlloc,
        int fwdCnt,
        byte[] payload) {

    static final int ROOM = 256 << 10;

    /** A stream's packet from guest 3 to the host, with plenty of room. */
    static Packet toHost(int op, int guestPort, int hostPort) {
        return new Packet(
                3,
                VsockWire.CID_HOST,
                guestPort,
                hostPort,
                0,
                VsockWire.VIRTIO_VSOCK_TYPE_STREAM,
                op,
                0,
                ROOM,
                0,
                new byte[0]);
    }

    /** A packet that answers this one, or goes on the same way. */
    Packet back(int newOp) {
        return new Packet(
                /* srcCid= */ dstCid,
                /* dstCid= */ srcCid,
                /* srcPort= */ dstPort,
                /* dstPort= */ srcPort,
                0,
                type,
                newOp,
                0,
                ROOM,
                0,
                new byte[0]);
    }

    Packet op(int newOp) {
        return new Packet(srcCid, dstCid, srcPort, dstPort, len, type, newOp, flags, bufAlloc, fwdCnt, payload);
    }

    Packet type(int newType) {
        return new Packet(srcCid, dstCid, srcPort, dstPort, len, newType, op, flags, bufAlloc, fwdCnt, payload);
    }

    Packet from(long cid) {
        return new Packet(cid, dstCid, srcPort, dstPort, len, type, op, flags, bufAlloc, fwdCnt, payload);
    }

    Packet to(long cid) {
        return new Packet(srcCid, cid, srcPort, dstPort, len, type, op, flags, bufAlloc, fwdCnt, payload);
    }

    Packet flags(int newFlags) {
        return new Packet(srcCid, dstCid, srcPort, dstPort, len, type, op, newFlags, bufAlloc, fwdCnt, payload);
    }

    Packet credit(int newBufAlloc, int newFwdCnt) {
        return new Packet(srcCid, dstCid, srcPort, dstPort, len, type, op, flags, newBufAlloc, newFwdCnt, payload);
    }

    Packet len(int newLen) {
        return new Packet(srcCid, dstCid, srcPort, dstPort, newLen, type, op, flags, bufAlloc, fwdCnt, payload);
    }

    Packet payload(byte... bytes) {
        return new Packet(srcCid, dstCid, srcPort, dstPort, bytes.length, type, op, flags, bufAlloc, fwdCnt, bytes);
    }

    Packet text(String text) {
        return op(VsockWire.VIRTIO_VSOCK_OP_RW).payload(text.getBytes(StandardCharsets.UTF_8));
    }

    String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    byte[] bytes() {
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_SIZE + payload.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(srcCid).putLong(dstCid).putInt(srcPort).putInt(dstPort).putInt(len);
        bytes.putShort((short) type)
                .putShort((short) op)
                .putInt(flags)
                .putInt(bufAlloc)
                .putInt(fwdCnt);
        return bytes.put(payload).array();
    }

    static Packet of(byte... bytes) {
        ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return new Packet(
                from.getLong(0),
                from.getLong(8),
                from.getInt(16),
                from.getInt(20),
                from.getInt(24),
                from.getShort(28),
                from.getShort(30),
                from.getInt(32),
                from.getInt(36),
                from.getInt(40),
                Arrays.copyOfRange(bytes, HEADER_SIZE, bytes.length));
    }

    @Override
    public String toString() {
        return "%d:%d > %d:%d type %d op %d flags %d, %d bytes, room %d of which used %d"
                .formatted(srcCid, srcPort, dstCid, dstPort, type, op, flags, len, bufAlloc, fwdCnt);
    }
}
