package dev.troupe.transport.loop;

class IoUringFileIoTest extends FileIoContract {
    @Override
    EventLoopConfig config() {
        return new EventLoopConfig(EventLoopConfig.Choice.IO_URING, 64, 4);
    }
}
