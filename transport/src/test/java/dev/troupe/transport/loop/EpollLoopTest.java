package dev.troupe.transport.loop;

class EpollLoopTest extends EventLoopContract {
    @Override
    EventLoopConfig config() {
        return new EventLoopConfig(EventLoopConfig.Choice.EPOLL, 64, 4);
    }
}
