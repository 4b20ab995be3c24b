package dev.troupe.devices.testing;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.DeviceShape;
import dev.troupe.actors.device.VirtioDevice;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A device type whose devices a test opens, so that a daemon can run them; it has no options of its own. */
public final class OpenedByTest implements DeviceFactory {
    private final LoopRig.Opening opening;
    private final AtomicInteger openings = new AtomicInteger();
    private volatile @Nullable VirtioDevice newest;

    /** A type whose devices are opened so. */
    public OpenedByTest(LoopRig.Opening opening) {
        this.opening = opening;
    }

    /** The device opened last. */
    public VirtioDevice newest() {
        return Objects.requireNonNull(newest);
    }

    /** How often a device was opened. */
    public int openings() {
        return openings.get();
    }

    @Override
    public String type() {
        return "opened-by-test";
    }

    @Override
    public int virtioId() {
        return 63;
    }

    @Override
    public String summary() {
        return "Whatever a test opens.";
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        try {
            VirtioDevice device = opening.open(context);
            newest = device;
            openings.incrementAndGet();
            return device;
        } catch (DeviceException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new DeviceException("The test could not open it", e);
        }
    }

    /** Known once there is a device. */
    @Override
    public DeviceShape shape(DeviceSettings settings) {
        return DeviceShape.of(newest());
    }
}
