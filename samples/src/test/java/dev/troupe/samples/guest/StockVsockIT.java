package dev.troupe.samples.guest;

/** On the distribution's QEMU and kernel. */
class StockVsockIT extends GuestVsockContract {
    @Override
    GuestImage image() {
        return GuestImage.stock();
    }

    @Override
    int networkPort() {
        return 47_311;
    }

    @Override
    int cases() {
        return 11;
    }
}
