package dev.troupe.samples.guest;

class StockBusesIT extends BusesContract {
    @Override
    GuestImage image() {
        return GuestImage.stock();
    }
}
