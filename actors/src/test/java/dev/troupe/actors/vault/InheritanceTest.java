package dev.troupe.actors.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.testing.LeakCheck;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who owns what an earlier process left. */
@ExtendWith(LeakCheck.class)
class InheritanceTest {

    @Test
    void shouldCloseWhatNobodyTookWhenItIsClosed() {
        Fd wanted = EventFd.create();
        Fd unwanted = EventFd.create();
        Inheritance inheritance = Inheritance.of(Map.of("disk0.kick.1", wanted, "disk0.call.2", unwanted));
        assertThat(inheritance.names()).containsExactly("disk0.call.2", "disk0.kick.1");
        assertThat(inheritance.take("disk0.kick.1")).containsSame(wanted);
        inheritance.close();
        assertThat(unwanted.isOpen()).isFalse();
        assertThat(wanted.isOpen()).isTrue();
        wanted.close();
    }

    @Test
    void shouldGiveAThingOnceWhenItIsAskedForTwice() {
        try (Fd fd = EventFd.create();
                Inheritance inheritance = Inheritance.of(Map.of("disk0.kick.1", fd))) {
            assertThat(inheritance.take("disk0.kick.1")).isPresent();
            assertThat(inheritance.take("disk0.kick.1")).isEmpty();
            assertThat(inheritance.names()).isEmpty();
        }
    }

    @Test
    void shouldHoldNothingWhenItIsEmpty() {
        try (Inheritance inheritance = Inheritance.empty()) {
            assertThat(inheritance.take("disk0.kick.1")).isEmpty();
        }
    }

    @Test
    void shouldLeaveADescriptorAloneWhenAVaultKeepsNothing() {
        try (Fd fd = EventFd.create()) {
            Vault.none().put("disk0.kick.1", fd);
            Vault.none().remove("disk0.kick.1");
            assertThat(fd.isOpen()).isTrue();
        }
    }
}
