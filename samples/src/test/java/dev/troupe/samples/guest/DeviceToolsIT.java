package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Guests have what tests of other devices than disks need. */
class DeviceToolsIT {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @Test
    void shouldHaveToolsAndDriversWhenTheKernelIsTheDistributions() {
        hasAll(GuestImage.stock());
    }

    @Test
    @Tag("newer")
    void shouldHaveToolsAndDriversWhenTheKernelIsNewer() {
        hasAll(GuestImage.newer());
    }

    private static void hasAll(GuestImage image) {
        try (GuestRun guest =
                Guest.on(image).script(GuestScript.bundled("device-tools")).boot(LIMIT)) {
            assertThat(guest.awaitOk(LIMIT)).contains("all tools and drivers are there");
        }
    }
}
