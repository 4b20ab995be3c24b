package dev.troupe.devices.rng;

class UrandomContractTest extends RngContract {
    @Override
    String source() {
        return "urandom";
    }
}
