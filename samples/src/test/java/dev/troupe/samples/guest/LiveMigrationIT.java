package dev.troupe.samples.guest;

import org.junit.jupiter.api.Tag;

/**
 * On the distribution's QEMU and kernel. Not part of the ordinary run ({@code -Dguests.excludedTests=none} runs it): on a busy
 * host QEMU's emulation sometimes misses what a processor writes, and the guest arrives torn.
 */
@Tag("unsteady")
class LiveMigrationIT extends LiveMigrationContract {
    @Override
    GuestImage image() {
        return GuestImage.stock();
    }
}
