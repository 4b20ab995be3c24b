package dev.troupe.samples.guest;

import org.junit.jupiter.api.Tag;

/** On a newer QEMU and kernel. */
@Tag("newer")
class NewerVsockIT extends GuestVsockContract {
    @Override
    GuestImage image() {
        return GuestImage.newer();
    }

    @Override
    int networkPort() {
        return 47_312;
    }

    @Override
    int cases() {
        return 26;
    }
}
