package dev.troupe.actors.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.protocol.RegionDescription;
import dev.troupe.transport.protocol.VirtioFeature;
import dev.troupe.transport.ring.InflightRegion;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.testing.LeakCheck;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class SessionTest {

    private static final long OFFERED = VirtioFeature.maskOf(
            VirtioFeature.VERSION_1, VirtioFeature.RING_PACKED, VirtioFeature.LOG_ALL, VirtioFeature.PROTOCOL_FEATURES);
    private static final long USER = 0x10_0000;

    private final Session session =
            new Session(new DeviceOffer(OFFERED, ProtocolFeature.maskOf(ProtocolFeature.STATUS), 2));

    @AfterEach
    void close() {
        session.close();
    }

    private void start(int index) {
        RegionDescription region = new RegionDescription(0, 1 << 16, USER, 0);
        session.setMemory(List.of(region), PassedFds.of(MemFd.create("session", 1 << 16, false)))
                .release();
        session.setVringSize(index, 8);
        session.setVringAreas(new FrontEndMessage.SetVringAddr(index, 0, USER, USER + 4096, USER + 8192, 0));
        session.setVringKick(index, PassedFds.none());
    }

    @Test
    void shouldRefuseAMessageWhenItsFeatureIsNotInForce() {
        assertThatThrownBy(() -> session.requireGate(new FrontEndMessage.GetStatus()))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("STATUS");
        session.setProtocolFeatures(-1);
        session.requireGate(new FrontEndMessage.GetStatus());
        assertThat(session.record().protocolFeatures()).isEqualTo(ProtocolFeature.maskOf(ProtocolFeature.STATUS));
    }

    @Test
    void shouldEnableEveryRingWhenProtocolFeaturesAreNotNegotiated() {
        session.setFeatures(VirtioFeature.VERSION_1.mask());
        assertThat(session.record().vrings()).allMatch(VringRecord::enabled);
    }

    @Test
    void shouldEnableNoRingWhenProtocolFeaturesAreNegotiated() {
        session.setFeatures(OFFERED);
        assertThat(session.record().vrings()).noneMatch(VringRecord::enabled);
    }

    @Test
    void shouldRefuseFeaturesWhenTheyWereNotOffered() {
        assertThatThrownBy(() -> session.setFeatures(OFFERED | 1)).isInstanceOf(RefusedException.class);
        assertThat(session.record().featuresSet()).isFalse();
    }

    @Test
    void shouldChangeLoggingAloneWhenARingRuns() {
        long features = VirtioFeature.maskOf(VirtioFeature.VERSION_1, VirtioFeature.PROTOCOL_FEATURES);
        session.setFeatures(features);
        start(0);
        session.setFeatures(features | VirtioFeature.LOG_ALL.mask());
        assertThatThrownBy(() -> session.setFeatures(OFFERED)).hasMessageContaining("cannot change");
        assertThat(session.record().driverFeatures()).isEqualTo(features | VirtioFeature.LOG_ALL.mask());
    }

    @Test
    void shouldTakeFeaturesWhenTheyComeAfterTheRings() {
        start(0);
        session.setFeatures(OFFERED);
        assertThat(session.record().packed()).isTrue();
    }

    @Test
    void shouldKeepARunningRingAsItIsWhenItsParametersWouldChange() {
        start(0);
        assertThatThrownBy(() -> session.setVringSize(0, 16)).hasMessageContaining("the ring runs");
        assertThatThrownBy(() -> session.setVringBase(0, 1)).hasMessageContaining("the ring runs");
        assertThatThrownBy(() -> session.setVringAreas(
                        new FrontEndMessage.SetVringAddr(0, 0, USER + 16, USER + 4096, USER + 8192, 0)))
                .hasMessageContaining("cannot change");
        session.setVringAreas(new FrontEndMessage.SetVringAddr(0, 1, USER, USER + 4096, USER + 8192, 77));
        assertThat(session.vring(0).logAddress()).isEqualTo(77);
        session.vringStopped(0, 5);
        session.setVringSize(0, 16);
        assertThat(session.vring(0).areas()).isNull();
        assertThat(session.vring(0).base()).isEqualTo(5);
    }

    @Test
    void shouldRefuseAVringWhenItIsNotThere() {
        assertThatThrownBy(() -> session.vring(2)).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> session.vring(-1)).isInstanceOf(RefusedException.class);
    }

    @Test
    void shouldTakeASizeThatIsNoPowerOfTwoWhenTheRingIsPackedOnly() {
        assertThatThrownBy(() -> session.setVringSize(0, 3)).isInstanceOf(RefusedException.class);
        session.setFeatures(OFFERED);
        session.setVringSize(0, 3);
        assertThat(session.vring(0).size()).isEqualTo(3);
    }

    @Test
    void shouldRefuseABaseWhenASplitRingCannotHaveIt() {
        assertThatThrownBy(() -> session.setVringBase(0, 65536)).isInstanceOf(RefusedException.class);
        session.setFeatures(OFFERED);
        session.setVringBase(0, 0x8000_8000);
        assertThat(session.vring(0).base()).isEqualTo(0x8000_8000);
    }

    @Test
    void shouldRefuseADescriptorWhenItIsNoEventfd() {
        assertThatThrownBy(() -> session.setVringCall(0, PassedFds.of(MemFd.create("no-event", 1, false))))
                .hasMessageContaining("is no eventfd");
        session.setVringCall(0, PassedFds.of(EventFd.create()));
        session.setVringCall(0, PassedFds.of(EventFd.create()));
        assertThat(session.vring(0).call()).isNotNull();
    }

    @Test
    void shouldRefuseABackChannelWhenItIsNoSocket() {
        assertThatThrownBy(() -> session.backChannel(PassedFds.of(EventFd.create())))
                .isInstanceOf(RefusedException.class);
    }

    @Test
    void shouldHaveRoomForLargerRingsWhenTheFrontEndAsksForASmallRegion() {
        try (InflightRegion made = session.makeInflight(1, 8)) {
            session.setInflight(
                    new dev.troupe.transport.protocol.InflightRegion(made.mmapSizeBytes(), made.mmapOffset(), 1, 8),
                    PassedFds.of(made.fd().duplicate()));
            assertThat(Objects.requireNonNull(session.record().inflight()).queueSize())
                    .isEqualTo(1024);
        }
    }

    @Test
    void shouldRefuseAnInflightRegionWhenARingRuns() {
        start(0);
        assertThatThrownBy(() -> session.setInflight(
                        new dev.troupe.transport.protocol.InflightRegion(4096, 0, 1, 8), PassedFds.none()))
                .hasMessageContaining("while a ring runs");
        assertThatThrownBy(() -> session.makeInflight(3, 8)).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> session.makeInflight(1, 32769)).isInstanceOf(RefusedException.class);
    }

    @Test
    void shouldRefuseAStatusWhenItIsMoreThanAByte() {
        assertThatThrownBy(() -> session.setStatus(256)).isInstanceOf(RefusedException.class);
        session.setStatus(15);
        assertThat(session.record().status()).isEqualTo(15);
    }

    @Test
    void shouldDisableEveryRingWhenTheDeviceIsReset() {
        session.setVringEnabled(1, true);
        session.disableRings();
        assertThat(session.record().vrings()).noneMatch(VringRecord::enabled);
    }
}
