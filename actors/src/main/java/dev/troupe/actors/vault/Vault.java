package dev.troupe.actors.vault;

import dev.troupe.transport.sys.Fd;

/**
 * Where descriptors are kept outside this process, so that the next one finds them: the service manager's store, or a
 * parent process. Any thread may call it. It does not block for long and never throws: what could not be kept is said in
 * the log once.
 *
 * <p>A name is at most 200 characters of {@code [A-Za-z0-9._-]}. Nobody puts the same open file description under two
 * names, which some keepers would not keep apart. What a daemon was started with as its {@link Inheritance} is taken to lie
 * in its vault already.
 */
public interface Vault {

    /**
     * Adds a descriptor or replaces the one of the same name. It has been duplicated or sent when this returns.
     *
     * @param name its name
     * @param fd the descriptor; the caller keeps its own
     */
    void put(String name, Fd fd);

    /** Lets a descriptor go. A name that is not there is no mistake. */
    void remove(String name);

    /** A vault that keeps nothing. */
    static Vault none() {
        return NoVault.INSTANCE;
    }
}
