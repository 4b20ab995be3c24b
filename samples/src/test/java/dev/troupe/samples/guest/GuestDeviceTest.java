package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class GuestDeviceTest {
    private static final Path SOCKET = Path.of("/run/disk0.sock");

    @Test
    void shouldNameFrontEndSocketAndPropertiesWhenGivenToQemu() {
        GuestDevice device = GuestDevice.blk(SOCKET).queues(4).packed();

        assertThat(device.arguments(1, image("7.2.22")))
                .containsExactly(
                        "-chardev",
                        "socket,id=socket1,path=/run/disk0.sock",
                        "-device",
                        "vhost-user-blk-pci,id=device1,chardev=socket1,num-queues=4,packed=on");
    }

    @Test
    void shouldReconnectInWholeSecondsWhenQemuKnowsNoOther() {
        GuestDevice device = GuestDevice.blk(SOCKET).reconnecting(Duration.ofMillis(1200));

        assertThat(device.arguments(0, image("9.1.3"))).contains("socket,id=socket0,path=/run/disk0.sock,reconnect=2");
    }

    @Test
    void shouldReconnectInMillisecondsWhenQemuCan() {
        GuestDevice device = GuestDevice.blk(SOCKET).reconnecting(Duration.ofMillis(200));

        assertThat(device.arguments(0, image("10.0")))
                .contains("socket,id=socket0,path=/run/disk0.sock,reconnect-ms=200");
    }

    @Test
    void shouldWriteACommaTwiceWhenThePathHasOne() {
        GuestDevice device = GuestDevice.rng(Path.of("/run/a,b")).qemuListens();

        assertThat(device.arguments(0, image("7.2.22"))).contains("socket,id=socket0,path=/run/a,,b,server=on,wait=on");
    }

    @Test
    void shouldGiveTheNumbersOfItsTypeWhenItIsGeneric() {
        GuestDevice device = GuestDevice.generic(4, 1, 64, 0, SOCKET);

        assertThat(device.arguments(0, image("11.1.0")))
                .contains("vhost-user-test-device-pci,id=device0,chardev=socket0,"
                        + "virtio-id=4,num_vqs=1,vq_size=64,config_size=0");
    }

    @Test
    void shouldSayWhichWhenAScriptIsUnknown() {
        assertThatThrownBy(() -> GuestScript.bundled("no-such"))
                .isInstanceOf(GuestException.class)
                .hasMessageContaining("no-such");
    }

    private static GuestImage image(String qemuVersion) {
        Path any = Path.of("/any");
        return new GuestImage("stock", any, qemuVersion, any, any, "6.1", any, any, any);
    }
}
