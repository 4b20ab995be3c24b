package dev.troupe.samples.guest;

/** On the distribution's QEMU and kernel. */
class StockGuestDisksIT extends GuestDisksContract {
    @Override
    GuestImage image() {
        return GuestImage.stock();
    }
}
