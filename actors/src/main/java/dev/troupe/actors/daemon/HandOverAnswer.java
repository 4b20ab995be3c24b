package dev.troupe.actors.daemon;

import dev.troupe.actors.vault.Inheritance;

/** How {@link DaemonCommand.HandOver} ended. */
public sealed interface HandOverAnswer {

    /**
     * Every device is quiet, and this is all there is of them.
     *
     * @param inheritance duplicates, owned by the receiver; the daemon keeps its own
     */
    record Ready(Inheritance inheritance) implements HandOverAnswer {}

    /**
     * Nothing was handed over and everything goes on.
     *
     * @param reason a sentence that says why
     */
    record Refused(String reason) implements HandOverAnswer {}
}
