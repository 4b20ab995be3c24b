package dev.troupe.devices.gpio;

import dev.troupe.actors.device.DeviceException;
import java.util.HashMap;
import java.util.Map;

/**
 * A chip that this daemon simulates, shared by the devices that name it. It has whatever lines they name. Any thread; nothing
 * blocks.
 */
final class SimulatedChip implements AutoCloseable {
    private final LineClaims claims;
    private final Wiring wiring;
    private final Map<String, SimulatedLine> lines = new HashMap<>();

    /**
     * @param name what it is called
     * @param wiring the daemon's wires, which may lead to other chips
     */
    SimulatedChip(String name, Wiring wiring) {
        this.claims = new LineClaims("simulated chip " + name);
        this.wiring = wiring;
    }

    /** Gives a line to a device, which gives it back by closing it. */
    SimulatedLine claim(String name, String device) throws DeviceException {
        claims.claim(name, device);
        return line(name);
    }

    /** One of its lines, whoever has it. */
    synchronized SimulatedLine line(String name) {
        return lines.computeIfAbsent(name, _ -> new SimulatedLine(name, wiring, () -> claims.release(name)));
    }

    @Override
    public void close() {}
}
