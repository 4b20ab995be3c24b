package dev.troupe.samples.guest;

import org.junit.jupiter.api.Tag;

/**
 * On the distribution's QEMU and kernel. Not part of the ordinary run ({@code -Dguests.excludedTests=none} runs it): it has
 * been seen to pass with packed rings only.
 */
@Tag("unsteady")
class LiveMigrationIT extends LiveMigrationContract {
    @Override
    GuestImage image() {
        return GuestImage.stock();
    }
}
