package dev.troupe.samples.guest;

/** On the distribution's QEMU and kernel. */
class StockScsiIT extends GuestScsiContract {
    @Override
    GuestImage image() {
        return GuestImage.stock();
    }
}
