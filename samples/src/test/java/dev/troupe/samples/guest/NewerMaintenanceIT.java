package dev.troupe.samples.guest;

import org.junit.jupiter.api.Tag;

/**
 * On a newer QEMU and kernel. Not part of the ordinary run ({@code -Dguests.excludedTests=none} runs it): under emulation
 * QEMU 10.0 itself sometimes aborts before the kernel has printed a line.
 */
@Tag("newer")
@Tag("unsteady")
class NewerMaintenanceIT extends MaintenanceContract {
    @Override
    GuestImage image() {
        return GuestImage.newer();
    }
}
