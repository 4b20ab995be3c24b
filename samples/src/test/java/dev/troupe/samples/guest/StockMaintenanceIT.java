package dev.troupe.samples.guest;

/** On the distribution's QEMU and kernel. */
class StockMaintenanceIT extends MaintenanceContract {
    @Override
    GuestImage image() {
        return GuestImage.stock();
    }
}
