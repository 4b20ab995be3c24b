package dev.troupe.samples.guest;

import org.junit.jupiter.api.Tag;

/** On a newer QEMU and kernel. Not part of the ordinary run, as {@link NewerMaintenanceIT} is not, for the same reason. */
@Tag("newer")
@Tag("unsteady")
class NewerLiveMigrationIT extends LiveMigrationContract {
    @Override
    GuestImage image() {
        return GuestImage.newer();
    }
}
