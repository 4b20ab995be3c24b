package dev.troupe.devices.vsock;

/**
 * What names a connection of one guest: the other side's CID and port, and the guest's own port. Its type rides along and names
 * nothing. One that is used to look others up is set anew each time, so that a packet costs no object. Ordered, lest a guest that
 * chooses ports of one hash makes looking up slow.
 */
final class Flow implements Comparable<Flow> {
    int peerCid;
    int peerPort;
    int guestPort;
    int type;

    Flow set(int newPeerCid, int newPeerPort, int newGuestPort, int newType) {
        peerCid = newPeerCid;
        peerPort = newPeerPort;
        guestPort = newGuestPort;
        type = newType;
        return this;
    }

    Flow copy() {
        return new Flow().set(peerCid, peerPort, guestPort, type);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Flow flow
                && flow.peerCid == peerCid
                && flow.peerPort == peerPort
                && flow.guestPort == guestPort;
    }

    @Override
    public int compareTo(Flow other) {
        int order = Integer.compare(guestPort, other.guestPort);
        order = order != 0 ? order : Integer.compare(peerPort, other.peerPort);
        return order != 0 ? order : Integer.compare(peerCid, other.peerCid);
    }

    @Override
    public int hashCode() {
        // Guests count their ports up one by one, so the lowest bits must tell most.
        return (guestPort * 31 + peerPort) * 31 + peerCid;
    }

    /** For example {@code 2:1073741824 - 1024}. */
    @Override
    public String toString() {
        return Integer.toUnsignedString(peerCid) + ":" + Integer.toUnsignedString(peerPort) + " - "
                + Integer.toUnsignedString(guestPort);
    }
}
