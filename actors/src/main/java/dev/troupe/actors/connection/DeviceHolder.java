package dev.troupe.actors.connection;

import org.jspecify.annotations.Nullable;

/** Which device serves now, if one does; each actor that has to know has its own. Control loop only. */
final class DeviceHolder {

    private @Nullable OpenDevice device;

    @Nullable
    OpenDevice current() {
        return device;
    }

    void set(@Nullable OpenDevice now) {
        device = now;
    }
}
