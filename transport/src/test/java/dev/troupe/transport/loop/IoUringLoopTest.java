package dev.troupe.transport.loop;

class IoUringLoopTest extends EventLoopContract {
    @Override
    EventLoopConfig config() {
        return new EventLoopConfig(EventLoopConfig.Choice.IO_URING, 64, 4);
    }
}
