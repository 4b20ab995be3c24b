package dev.troupe.samples.guest;

import org.junit.jupiter.api.Tag;

/** On a newer QEMU and kernel. */
@Tag("newer")
class NewerScsiIT extends GuestScsiContract {
    @Override
    GuestImage image() {
        return GuestImage.newer();
    }
}
