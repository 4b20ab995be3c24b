package dev.troupe.devices.input;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.TestSettings;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** A keyboard on which somebody begins to type as soon as its driver is there. */
final class BusyKeyboard implements VirtioDevice {
    /** Four events a stroke; more than any test of the contract takes. */
    private static final int STROKES = 500;

    private final VirtioDevice keyboard;

    private BusyKeyboard(VirtioDevice keyboard) {
        this.keyboard = keyboard;
    }

    static BusyKeyboard open(DeviceContext context) throws DeviceException {
        InputFactory factory = new InputFactory();
        return new BusyKeyboard(factory.open(TestSettings.of(factory, Map.of()), context));
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        QueueHandler handler = keyboard.openQueue(queue);
        try {
            keyboard.command("key", Collections.nCopies(STROKES, "a"));
        } catch (DeviceException e) {
            // Enough waits already.
        }
        return handler;
    }

    @Override
    public long features() {
        return keyboard.features();
    }

    @Override
    public int queueCount() {
        return keyboard.queueCount();
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        return keyboard.configSpace(driverFeatures);
    }

    @Override
    public boolean writeConfigSpace(int offset, byte[] value) {
        return keyboard.writeConfigSpace(offset, value);
    }

    @Override
    public void reset() {
        keyboard.reset();
    }

    @Override
    public SavedState saveState() {
        return keyboard.saveState();
    }

    @Override
    public void loadState(SavedState state) throws DeviceException {
        keyboard.loadState(state);
    }

    @Override
    public String command(String verb, List<String> arguments) throws DeviceException {
        return keyboard.command(verb, arguments);
    }

    @Override
    public void close() {
        keyboard.close();
    }
}
