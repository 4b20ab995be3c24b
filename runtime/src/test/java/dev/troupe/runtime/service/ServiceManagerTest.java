package dev.troupe.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.vault.Inheritance;
import dev.troupe.actors.vault.Vault;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ServiceManagerTest {

    @TempDir
    Path folder;

    private FakeManager fake;

    @BeforeEach
    void start() {
        fake = new FakeManager(folder);
    }

    @AfterEach
    void stop() {
        fake.close();
    }

    private ServiceManager manager() {
        return ServiceManager.of(Map.of("NOTIFY_SOCKET", fake.address(), "WATCHDOG_USEC", "30000000"));
    }

    @Test
    void shouldTellOfItsLifeAsTheProtocolHasIt() {
        ServiceManager manager = manager();
        manager.ready("2 devices, 0 connected");
        manager.alive("2 devices,\n1 connected");
        manager.status("busy");
        manager.handTo(4711);
        manager.stopping();

        assertThat(fake.next()).isEqualTo("READY=1\nSTATUS=2 devices, 0 connected");
        assertThat(fake.next()).isEqualTo("WATCHDOG=1\nSTATUS=2 devices,");
        assertThat(fake.next()).isEqualTo("STATUS=busy");
        assertThat(fake.next()).isEqualTo("MAINPID=4711");
        assertThat(fake.next()).isEqualTo("STOPPING=1");
        assertThat(manager.watchdog()).contains(Duration.ofSeconds(30));
    }

    @Test
    void shouldSayWhenItBeganToReload() {
        manager().reloading();

        assertThat(fake.next()).matches("RELOADING=1\nMONOTONIC_USEC=[0-9]+");
    }

    @Test
    void shouldNotGiveSignsOfLifeThatAreAnotherProcesss() {
        Map<String, String> environment =
                Map.of("NOTIFY_SOCKET", fake.address(), "WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "1");

        assertThat(ServiceManager.of(environment).watchdog()).isEmpty();
        assertThat(ServiceManager.ofSuccessor(ServiceEnvironment.withoutOwn(environment), List.of())
                        .watchdog())
                .isPresent();
    }

    @Test
    void shouldStoreTheNewBeforeItRemovesTheOld() {
        Vault vault = manager().vault();
        try (Fd first = EventFd.create();
                Fd second = EventFd.create()) {
            vault.put("disk0.call.0", first);
            vault.put("disk0.call.0", second);
            vault.remove("disk0.call.0");
            vault.remove("never.there");
        }

        assertThat(fake.next()).isEqualTo("FDSTORE=1\nFDPOLL=0\nFDNAME=disk0.call.0#1");
        assertThat(fake.next()).isEqualTo("FDSTORE=1\nFDPOLL=0\nFDNAME=disk0.call.0#2");
        assertThat(fake.next()).isEqualTo("FDSTOREREMOVE=1\nFDNAME=disk0.call.0#1");
        assertThat(fake.next()).isEqualTo("FDSTOREREMOVE=1\nFDNAME=disk0.call.0#2");
        assertThat(fake.isQuiet()).isTrue();
    }

    @Test
    void shouldStoreOneOpenFileTwiceInAWayThatNoManagerTakesForTheSame() {
        Vault vault = manager().vault();
        try (Fd memory = EventFd.create()) {
            vault.put("disk0.region.0", memory);
            vault.put("disk0.region.1", memory);
            fake.next();
            fake.next();

            assertThat(fake.received()).hasSize(2).allSatisfy(wrapper -> {
                try (Fd inside = FdWrapper.unwrap(wrapper).orElseThrow();
                        Fd again = FdWrapper.unwrap(wrapper).orElseThrow()) {
                    EventFd.signal(inside);
                    assertThat(EventFd.drain(memory)).isTrue();
                    assertThat(EventFd.isEventFd(again)).isTrue();
                }
            });
        }
    }

    @Test
    void shouldHoldBackWhatASuccessorStoresUntilItIsTheDaemon() {
        ServiceManager manager =
                ServiceManager.ofSuccessor(Map.of("NOTIFY_SOCKET", fake.address()), List.of("disk0.listener#7", "odd"));
        try (Fd fd = EventFd.create()) {
            manager.vault().put("disk0.record", fd);
            manager.vault().put("disk0.listener", fd);
            manager.vault().remove("disk0.record");
        }
        assertThat(fake.isQuiet()).isTrue();

        manager.become();

        assertThat(fake.next()).isEqualTo("FDSTORE=1\nFDPOLL=0\nFDNAME=disk0.listener#8");
        assertThat(fake.next()).isEqualTo("FDSTOREREMOVE=1\nFDNAME=disk0.listener#7");
        assertThat(fake.isQuiet()).isTrue();
        assertThat(manager.storedNames()).containsExactly("disk0.listener#8");
    }

    @Test
    void shouldRemoveFromTheStoreWhatANewerOneOfTheSameNameReplaces() {
        ServiceManager manager = ServiceManager.ofSuccessor(
                Map.of("NOTIFY_SOCKET", fake.address()), List.of("disk0.socket#3", "disk0.socket#5", "disk0.socket#4"));

        assertThat(fake.next()).isEqualTo("FDSTOREREMOVE=1\nFDNAME=disk0.socket#3");
        assertThat(fake.next()).isEqualTo("FDSTOREREMOVE=1\nFDNAME=disk0.socket#4");
        assertThat(manager.storedNames()).containsExactly("disk0.socket#5");
    }

    @Test
    void shouldStoreNoMoreThanTheManagerKeeps() {
        Vault vault = ServiceManager.of(Map.of("NOTIFY_SOCKET", fake.address(), "FDSTORE", "1"))
                .vault();
        try (Fd fd = EventFd.create()) {
            vault.put("a.b", fd);
            vault.put("c.d", fd);
        }

        assertThat(fake.next()).contains("FDNAME=a.b#1");
        assertThat(fake.isQuiet()).isTrue();
    }

    @Test
    void shouldNeverFailWhenNobodyListens() {
        ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", folder + "/nobody"));
        manager.ready("");
        try (Fd fd = EventFd.create();
                Inheritance left = manager.inheritance()) {
            manager.vault().put("a.b", fd);
            manager.vault().remove("a.b");
            assertThat(left.names()).isEmpty();
        }
        ServiceManager none = ServiceManager.of(Map.of());
        none.alive("");
        assertThat(none.isThere()).isFalse();
        assertThat(none.vault()).isSameAs(Vault.none());
    }

    @Test
    void shouldIgnoreDescriptorsThatAreAnotherProcesss() {
        Map<String, String> environment = Map.of("LISTEN_PID", "1", "LISTEN_FDS", "1", "LISTEN_FDNAMES", "disk0");

        assertThat(ServiceManager.of(environment).activated()).isEmpty();
        assertThat(ServiceEnvironment.withoutOwn(environment)).isEmpty();
    }
}
