package dev.troupe.samples.guest;

import org.junit.jupiter.api.Tag;

/** On a newer QEMU and kernel. */
@Tag("newer")
class NewerOpenSocketsIT extends OpenSocketsContract {
    @Override
    GuestImage image() {
        return GuestImage.newer();
    }
}
