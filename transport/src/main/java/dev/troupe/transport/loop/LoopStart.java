package dev.troupe.transport.loop;

/** Chooses and starts a loop's back end. */
final class LoopStart {
    private LoopStart() {}

    static EventLoop start(String name, EventLoopConfig config) {
        if (config.fileThreads() > 0) {
            throw new IllegalStateException("No back end yet for " + name);
        }
        return start(name, config);
    }
}
