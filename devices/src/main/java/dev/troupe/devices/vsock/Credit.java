package dev.troupe.devices.vsock;

/**
 * How many bytes each side of a connection may still send (virtio section 5.10.6.3): all counters run modulo 2^32. For one
 * thread.
 */
final class Credit {
    /** More than this is never under way to a guest, whatever room it claims to have. */
    private static final int MOST_UNDER_WAY = 1 << 30;

    private final int window;
    private int received;
    private int forwarded;
    private int forwardedTold;
    private int sent;
    private int peerWindow;
    private int peerForwarded;
    private boolean updateAsked;

    /** The room that the guest's bytes have here. */
    Credit(int window) {
        this.window = window;
    }

    int window() {
        return window;
    }

    /**
     * What the guest's packet says of its room.
     *
     * @return false if it claims to have passed on what it was not sent
     */
    boolean told(int bufAlloc, int fwdCnt) {
        if (Integer.compareUnsigned(sent - fwdCnt, MOST_UNDER_WAY) > 0) {
            return false;
        }
        // Guest-controlled: bounded, so that the difference of the counters stays meaningful.
        peerWindow = Integer.compareUnsigned(bufAlloc, MOST_UNDER_WAY) > 0 ? MOST_UNDER_WAY : bufAlloc;
        peerForwarded = fwdCnt;
        return true;
    }

    /** How many bytes the guest has room for. */
    int space() {
        return Math.max(0, peerWindow - (sent - peerForwarded));
    }

    /** Bytes go to the guest; no more than {@link #space()}. */
    void send(int bytes) {
        sent += bytes;
    }

    /**
     * Bytes came from the guest.
     *
     * @return false if they are more than it had been given room for
     */
    boolean receive(int bytes) {
        // Guest-controlled: as an unsigned number, so that none is negative.
        if (Integer.compareUnsigned(bytes, window - (received - forwarded)) > 0) {
            return false;
        }
        received += bytes;
        return true;
    }

    /** Bytes of the guest's have left our room. */
    void forward(int bytes) {
        forwarded += bytes;
    }

    /** The guest has asked for an update. */
    void askUpdate() {
        updateAsked = true;
    }

    /** Whether the guest should be told of room: it has asked, or it might wait for it. */
    boolean updateDue() {
        return updateAsked || forwarded - forwardedTold >= window / 2;
    }

    /** Puts what the guest is to know into a header; it then counts as told. */
    void put(VsockHeader header) {
        header.bufAlloc = window;
        header.fwdCnt = forwarded;
        forwardedTold = forwarded;
        updateAsked = false;
    }
}
