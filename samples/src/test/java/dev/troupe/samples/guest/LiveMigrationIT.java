package dev.troupe.samples.guest;

/** On the distribution's QEMU and kernel. */
class LiveMigrationIT extends LiveMigrationContract {
    @Override
    GuestImage image() {
        return GuestImage.stock();
    }
}
