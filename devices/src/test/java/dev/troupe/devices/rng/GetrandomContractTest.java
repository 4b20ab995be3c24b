package dev.troupe.devices.rng;

class GetrandomContractTest extends RngContract {
    @Override
    String source() {
        return "getrandom";
    }
}
