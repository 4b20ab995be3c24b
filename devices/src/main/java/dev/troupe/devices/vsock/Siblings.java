package dev.troupe.devices.vsock;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The socket devices of this daemon, so that guests who share a group can reach each other, and the memory in which their bytes
 * meet. Any thread.
 */
final class Siblings implements AutoCloseable {
    private final Map<Integer, Member> members = new ConcurrentHashMap<>();
    private final PipeMemory memory = new PipeMemory();

    /**
     * One guest.
     *
     * @param groups asked whenever somebody is to be reached, by any thread
     * @param calls hears of connections that others want to it: by any thread, must return at once
     */
    record Member(int cid, Supplier<Set<String>> groups, Consumer<Call> calls) {}

    /**
     * Another guest wants a connection.
     *
     * @param flow the connection as the guest that is called names it
     * @param side what it is to be connected with, to be closed if that cannot be
     */
    record Call(Flow flow, Link.Side side) {}

    PipeMemory memory() {
        return memory;
    }

    /** Makes a guest known; false if another one has its CID. */
    boolean join(Member member) {
        return members.putIfAbsent(member.cid(), member) == null;
    }

    void leave(Member member) {
        members.remove(member.cid(), member);
    }

    /** The guest with a CID, if the one who asks may reach it. */
    @Nullable
    Member reach(Member from, int cid) {
        Member other = members.get(cid);
        return other == null
                        || other.equals(from)
                        || Collections.disjoint(
                                from.groups().get(), other.groups().get())
                ? null
                : other;
    }

    @Override
    public void close() {
        memory.close();
    }
}
