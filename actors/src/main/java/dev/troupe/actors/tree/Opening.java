package dev.troupe.actors.tree;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceShape;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens a device on a thread that may block, and says why it could not be. */
final class Opening {

    private static final Logger LOG = LoggerFactory.getLogger(Opening.class);

    private Opening() {}

    static VirtioDevice open(DeviceSpec spec, DeviceContext context, SavedState before) {
        try {
            VirtioDevice device = spec.factory().open(spec.settings(), context);
            compare(spec, device, context);
            takeOver(device, before, context);
            return device;
        } catch (DeviceException e) {
            throw new CompletionException(e);
        }
    }

    /** Monitors are told the shape before there is a device. */
    private static void compare(DeviceSpec spec, VirtioDevice device, DeviceContext context) {
        DeviceShape said = spec.factory().shape(spec.settings());
        DeviceShape found = DeviceShape.of(device);
        if (!said.equals(found)) {
            context.log()
                    .warn(
                            "The type {} says of this device {}, but it has {}; generic front ends are told wrong numbers",
                            spec.factory().type(),
                            said,
                            found);
        }
    }

    /** A device that cannot go on where the one before it was left still serves better than none. */
    private static void takeOver(VirtioDevice device, SavedState before, DeviceContext context) {
        try {
            if (!before.equals(SavedState.NONE)) {
                device.loadState(before);
            }
        } catch (DeviceException | RuntimeException e) {
            context.log().error("The state of the device before is lost: {}", e.getMessage());
        }
    }

    /** A sentence on what {@link #open} threw; a bug goes to the log besides. */
    static String describe(DeviceSpec spec, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof DeviceException) {
            return String.valueOf(cause.getMessage());
        }
        LOG.error("{}: opening the device failed by a bug", spec.name(), cause);
        return "opening it failed by a bug (" + cause + "); the log tells more";
    }
}
