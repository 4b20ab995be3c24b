package dev.troupe.transport.loop;

class EpollFileIoTest extends FileIoContract {
    @Override
    EventLoopConfig config() {
        return new EventLoopConfig(EventLoopConfig.Choice.EPOLL, 64, 4);
    }
}
