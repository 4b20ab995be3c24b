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
    void shouldInterruptTheGuestAtTheChangesThatItAsksFor() {
        troupe.command("gpio", "left-gpio", "set", "BUTTON", "0");
        monitor("both", "RISING FALLING RISING", "1 300ms 0 300ms 1 300ms");
        monitor("rising", "RISING RISING", "0 300ms 1 300ms 0 300ms 1 300ms");
        monitor("falling", "FALLING FALLING", "0 300ms 1 300ms 0 300ms 1 300ms");
    }

    private void monitor(String edges, String events, String wave) {
        left.begin("gpio-monitor", "LINE=BUTTON", "EDGES=" + edges, "EVENTS=" + events);
        left.awaitAsk("change", LIMIT);
        troupe.command("gpio", "left-gpio", "wave", "BUTTON", wave);
        left.send("changed");
        assertThat(left.finish("gpio-monitor", LIMIT)).contains("all events came");
    }

    @Test
    @Order(6)
    void shouldInterruptOneGuestWhenTheOtherDrivesALineThatIsWiredToIts() {
        left.perform("gpio-drive", LIMIT, "LINE=LED", "LEVELS=1");
        right.begin("gpio-monitor", "LINE=FROM-LEFT", "EDGES=both", "EVENTS=FALLING RISING FALLING");
        right.awaitAsk("change", LIMIT);
        left.perform("gpio-drive", LIMIT, "LINE=LED", "LEVELS=0 1 0");
        right.send("changed");

        assertThat(right.finish("gpio-monitor", LIMIT)).contains("all events came");
    }
}
