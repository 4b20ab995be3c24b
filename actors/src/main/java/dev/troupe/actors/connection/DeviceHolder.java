package dev.troupe.actors.connection;

import org.jspecify.annotations.Nullable;

/** Which device serves now, for incarnations of a connection's actor to come. Control loop only. */
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
