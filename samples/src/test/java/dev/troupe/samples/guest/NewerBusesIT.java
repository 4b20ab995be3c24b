package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("newer")
class NewerBusesIT extends BusesContract {
    @Override
    GuestImage image() {
        return GuestImage.newer();
    }

    /** QEMU before 9.0 does not offer VIRTIO_GPIO_F_IRQ to guests, whatever the back end offers. */
    @Test
    @Order(5)
    void shouldInterruptTheGuestAtEveryChange() {
        troupe.command("gpio", "left-gpio", "set", "BUTTON", "0");
        left.begin("gpio-monitor");
        left.awaitAsk("change", LIMIT);
        troupe.command("gpio", "left-gpio", "wave", "BUTTON", "1 500ms 0 500ms 1 500ms");
        left.send("changed");

        assertThat(left.finish("gpio-monitor", LIMIT)).contains("all events came");
    }
}
