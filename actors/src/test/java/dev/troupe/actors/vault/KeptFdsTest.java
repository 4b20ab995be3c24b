package dev.troupe.actors.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.testing.MemoryVault;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.testing.LeakCheck;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is kept has one name, for as long as somebody needs it. */
@ExtendWith(LeakCheck.class)
class KeptFdsTest {

    private final MemoryVault vault = new MemoryVault();

    @AfterEach
    void closeVault() {
        vault.close();
    }

    @Test
    void shouldGiveOneNameWhenTheSameDescriptionIsKeptTwice() {
        try (KeptFds kept = new KeptFds(vault, Inheritance.empty());
                Fd memory = EventFd.create();
                Fd same = memory.duplicate();
                Fd other = EventFd.create()) {
            String name = kept.keep("disk0", "mem", memory);
            assertThat(kept.keep("rng0", "mem", same)).isEqualTo(name).isEqualTo("disk0.mem.1");
            assertThat(kept.keep("rng0", "kick", other)).isEqualTo("rng0.kick.2");
            kept.release(name);
            assertThat(kept.names()).containsExactly("disk0.mem.1", "rng0.kick.2");
            kept.release(name);
            assertThat(vault.kinds()).containsExactly("rng0.kick");
        }
    }

    @Test
    void shouldNotGiveANameTwiceWhenAnEarlierProcessHasGivenIt() {
        try (Fd fresh = EventFd.create();
                KeptFds kept = new KeptFds(vault, Inheritance.of(Map.of("disk0.kick.41", EventFd.create())))) {
            assertThat(kept.keep("disk0", "kick", fresh)).isEqualTo("disk0.kick.42");
        }
    }

    @Test
    void shouldLetGoOfWhatNobodyClaimsWhenAllDevicesAreThere() {
        try (KeptFds kept = new KeptFds(
                vault, Inheritance.of(Map.of("disk0.kick.1", EventFd.create(), "gone.kick.2", EventFd.create())))) {
            kept.claim("disk0.kick.1").orElseThrow().close();
            assertThat(kept.dropUnclaimed()).containsExactly("gone.kick.2");
            assertThat(kept.names()).containsExactly("disk0.kick.1");
        }
    }

    @Test
    void shouldHandOverDuplicatesWhenASuccessorComes() {
        try (KeptFds kept = new KeptFds(vault, Inheritance.empty());
                Fd kick = EventFd.create()) {
            String name = kept.keep("disk0", "kick", kick);
            try (Inheritance copy = kept.copy();
                    Fd taken = copy.take(name).orElseThrow()) {
                assertThat(Fd.compareDescriptions(taken, kick)).isZero();
            }
        }
    }

    @Test
    void shouldReadANameFromTheRightWhenADeviceHasDots() {
        assertThat(VaultName.parse("a.mem.0.record")).contains(VaultName.plain("a.mem.0", "record"));
        assertThat(VaultName.parse("a.b.mem.7")).contains(new VaultName("a.b", "mem", OptionalLong.of(7)));
        assertThat(VaultName.parse("connection")).isEmpty();
        assertThat(VaultName.parse("x".repeat(200) + ".mem.1")).isEmpty();
        assertThatThrownBy(() -> VaultName.numbered("a b", "mem", 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
