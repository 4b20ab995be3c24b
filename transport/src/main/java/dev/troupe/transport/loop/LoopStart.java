package dev.troupe.transport.loop;

/** Chooses and starts a loop's back end. */
final class LoopStart {
    private LoopStart() {}

    static EventLoop start(String name, EventLoopConfig config) {
        EventLoop none = config.fileThreads() > 0 ? null : LoopStart.start(name, config.with(config.choice()));
        if (none == null) {
            throw new IllegalStateException("No back end yet for " + name);
        }
        return none;
    }
}
