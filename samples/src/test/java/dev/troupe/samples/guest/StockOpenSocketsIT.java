package dev.troupe.samples.guest;

/** On the distribution's QEMU and kernel. */
class StockOpenSocketsIT extends OpenSocketsContract {
    @Override
    GuestImage image() {
        return GuestImage.stock();
    }
}
