package dev.troupe.transport.socket;

/**
 * Who is at the other end, as the kernel recorded it when the connection was made (SO_PEERCRED).
 *
 * @param pid the process
 * @param uid its user
 * @param gid its group
 */
public record PeerCredentials(long pid, long uid, long gid) {}
