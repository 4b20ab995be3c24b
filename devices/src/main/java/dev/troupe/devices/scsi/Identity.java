package dev.troupe.devices.scsi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Names for what has a name of ours but needs a number that the world could know. */
final class Identity {
    /** Locally assigned (SPC-4 7.8.6.6.4). */
    private static final long NAA_LOCALLY_ASSIGNED = 3L << 60;

    private static final long VALUE = (1L << 60) - 1;

    private Identity() {}

    /** A locally assigned NAA identifier, always the same for the same name. */
    static long naa(String name) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return NAA_LOCALLY_ASSIGNED | (ByteBuffer.wrap(digest).getLong() & VALUE);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
