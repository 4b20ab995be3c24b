package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.testing.LeakCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class FdTest {
    private static final int CLOEXEC = 1;
    private static final int F_GETFD = 1;

    @Test
    void shouldNameItsKindAndStateWhenPrinted() {
        Fd fd = EventFd.create();
        assertThat(fd.toString()).matches("fd \\d+ \\(anon_inode:\\[eventfd]\\)");
        fd.close();
        assertThat(fd).hasToString("fd (closed)");
    }

    @Test
    void shouldCloseOnExecWhenDuplicated() {
        try (Fd fd = EventFd.create();
                Fd second = fd.duplicate()) {
            int flags = second.withNumber(number -> LibC.fcntl(number, F_GETFD, 0));
            assertThat(flags & CLOEXEC).isEqualTo(CLOEXEC);
        }
    }

    @Test
    void shouldLeaveTheOriginalOpenWhenAForeignNumberIsDuplicated() {
        try (Fd foreign = EventFd.create()) {
            foreign.withNumber(Fd::duplicate).close();
            assertThat(foreign.kind()).isEqualTo("anon_inode:[eventfd]");
        }
    }

    @Test
    void shouldRefuseUseWhenClosed() {
        Fd fd = EventFd.create();
        fd.close();
        fd.close();
        assertThat(fd.isOpen()).isFalse();
        assertThatThrownBy(() -> fd.withNumber(number -> number)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldKeepTheNumberOpenWhenClosedDuringAUse() {
        Fd fd = EventFd.create();
        int number = fd.acquire();
        fd.close();
        assertThat(LibC.fcntl(number, F_GETFD, 0)).isNotNegative();
        fd.release();
        assertThat(LibC.fcntl(number, F_GETFD, 0)).isNegative();
        assertThat(LibC.errno()).isEqualTo(Errno.EBADF);
    }

    @Test
    void shouldNameCallArgumentAndErrorWhenACallFails() {
        assertThatThrownBy(() -> Fd.duplicate(99_999))
                .isInstanceOf(SysException.class)
                .hasMessage("fcntl F_DUPFD_CLOEXEC(99999): EBADF Bad file descriptor");
    }
}
