package dev.troupe.transport.frontend;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.SysException;
import org.junit.jupiter.api.Test;

class GuestMemoryFileTest {

    @Test
    void shouldNotBeCutOffByABackEndWhenItsSizeIsFixed() {
        try (GuestMemoryFile memory = GuestMemoryFile.ofFixedSize(1 << 16)) {
            assertThatThrownBy(() -> HostFile.truncate(memory.fd(), 0)).isInstanceOf(SysException.class);
        }
    }
}
