package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventFdTest {
    @Test
    void shouldNotBlockWhenABlockingOneIsDrainedTwice() {
        try (Fd fd = EventFd.create(false)) {
            EventFd.signal(fd);
            assertThat(EventFd.drain(fd)).isTrue();
            assertThat(EventFd.drain(fd)).isFalse();
            assertThat(EventFd.nonBlocking(fd)).isFalse();
        }
    }

    @Test
    void shouldTellWhetherItBlocks() {
        try (Fd fd = EventFd.create()) {
            assertThat(EventFd.nonBlocking(fd)).isTrue();
        }
    }

    @Test
    void shouldRecogniseAnEventFdAndNothingElse() {
        try (Fd eventFd = EventFd.create();
                Fd file = HostFile.open(Path.of("/dev/zero"))) {
            assertThat(EventFd.isEventFd(eventFd)).isTrue();
            assertThat(EventFd.isEventFd(file)).isFalse();
        }
    }

    @Test
    void shouldTellItHasNoRoomWhenItsCounterIsFull() {
        try (Fd fd = EventFd.create(false)) {
            assertThat(EventFd.hasRoom(fd)).isTrue();
            Saturation.saturate(fd);
            assertThat(EventFd.hasRoom(fd)).isFalse();
        }
    }

    @Test
    void shouldReportABadDescriptorWhenSignalledClosed() {
        Fd fd = EventFd.create();
        fd.close();
        assertThat(EventFd.trySignal(fd)).isEqualTo(Errno.EBADF);
        assertThat(EventFd.drain(fd)).isFalse();
    }
}
