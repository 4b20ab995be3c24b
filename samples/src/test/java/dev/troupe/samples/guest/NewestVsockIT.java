package dev.troupe.samples.guest;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/** Over packed rings, by the front end for any type, which users may create from QEMU 10.2 on; on a newer kernel. */
@Tag("newer")
class NewestVsockIT extends GuestVsockContract {
    private static final int VSOCK = 19;
    private static final int QUEUES = 3;
    private static final int QUEUE_SIZE = 128;
    private static final int CONFIG_BYTES = 8;

    @Override
    GuestImage image() {
        return GuestImage.newest();
    }

    @Override
    GuestDevice device(Path socket) {
        return GuestDevice.generic(VSOCK, QUEUES, QUEUE_SIZE, CONFIG_BYTES, socket)
                .packed();
    }

    @Override
    int networkPort() {
        return 47_313;
    }

    @Override
    int cases() {
        return 26;
    }
}
