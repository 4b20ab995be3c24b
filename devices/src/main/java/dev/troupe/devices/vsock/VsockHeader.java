package dev.troupe.devices.vsock;

import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;

/** One packet's header, copied out of guest memory or to be copied into it; see {@link VsockWire}. Used again and again. */
final class VsockHeader {
    long srcCid;
    long dstCid;
    int srcPort;
    int dstPort;
    int len;
    int type;
    int op;
    int flags;
    int bufAlloc;
    int fwdCnt;

    /** Reads the next {@link VsockWire#HEADER_SIZE} bytes. */
    void read(ChainReader from) {
        srcCid = from.getLong();
        dstCid = from.getLong();
        srcPort = from.getInt();
        dstPort = from.getInt();
        len = from.getInt();
        type = Short.toUnsignedInt(from.getShort());
        op = Short.toUnsignedInt(from.getShort());
        flags = from.getInt();
        bufAlloc = from.getInt();
        fwdCnt = from.getInt();
    }

    /** Writes the next {@link VsockWire#HEADER_SIZE} bytes. */
    void write(ChainWriter into) {
        into.putLong(srcCid);
        into.putLong(dstCid);
        into.putInt(srcPort);
        into.putInt(dstPort);
        into.putInt(len);
        into.putShort(type);
        into.putShort(op);
        into.putInt(flags);
        into.putInt(bufAlloc);
        into.putInt(fwdCnt);
    }
}
