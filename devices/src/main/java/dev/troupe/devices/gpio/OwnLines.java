package dev.troupe.devices.gpio;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.transport.sys.SysException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The lines that one device has of a chip, while it is open. */
final class OwnLines implements AutoCloseable {
    private final List<GuestLine> lines = new ArrayList<>();
    private final List<Runnable> atClose = new ArrayList<>();
    private final boolean blocks;

    /**
     * None yet.
     *
     * @param blocks whether a call to their chip may block
     */
    OwnLines(boolean blocks) {
        this.blocks = blocks;
    }

    /** Takes what the settings name. Threads that may block. */
    static OwnLines take(GpioSettings settings, DeviceContext context) throws DeviceException {
        OwnLines own = new OwnLines(!settings.simulated());
        try {
            if (settings.simulated()) {
                own.takeSimulated(settings, context);
            } else {
                own.takeHosts(settings, context);
            }
            return own;
        } catch (SysException e) {
            own.close();
            throw new DeviceException("The GPIO lines cannot be had: " + e.getMessage() + ".", e);
        } catch (DeviceException | RuntimeException e) {
            own.close();
            throw e;
        }
    }

    private void takeSimulated(GpioSettings settings, DeviceContext context) throws DeviceException {
        Wiring wiring = context.share("wiring", Wiring.class, Wiring::new);
        for (GpioSettings.Wire wire : settings.wires()) {
            SimulatedLine one = end(wire.one(), wiring, context);
            SimulatedLine other = end(wire.other(), wiring, context);
            wiring.wire(one, other);
            atClose.add(() -> wiring.unwire(one, other));
        }
        SimulatedChip chip = simulated(settings.chip(), wiring, context);
        for (GpioSettings.Choice choice : settings.lines()) {
            boolean numbered = choice.line().chars().allMatch(Character::isDigit);
            lines.add(new GuestLine(
                    choice.name().orElse(numbered ? "" : choice.line()), chip.claim(choice.line(), context.name())));
        }
    }

    /** Also of a chip that no other device has yet; one that comes later finds the wire there. */
    private static SimulatedLine end(GpioSettings.End end, Wiring wiring, DeviceContext context) {
        return simulated(end.chip(), wiring, context).line(end.line());
    }

    private static SimulatedChip simulated(String name, Wiring wiring, DeviceContext context) {
        return context.share("simulated " + name, SimulatedChip.class, () -> new SimulatedChip(name, wiring));
    }

    private void takeHosts(GpioSettings settings, DeviceContext context) throws DeviceException {
        try (HostChip chip = HostChip.open(settings.chip())) {
            LineClaims claims = context.share(
                    chip.path().toString(),
                    LineClaims.class,
                    () -> new LineClaims(chip.path().toString()));
            List<GpioSettings.Choice> choices = choices(settings, chip);
            Set<String> chosen =
                    choices.stream().flatMap(choice -> choice.name().stream()).collect(Collectors.toSet());
            Set<String> names = new HashSet<>(chosen);
            for (GpioSettings.Choice choice : choices) {
                int offset = chip.offset(choice.line());
                String claim = Integer.toString(offset);
                claims.claim(claim, context.name());
                atClose.add(() -> claims.release(claim));
                String name = choice.name().orElse("");
                if (name.isEmpty() && names.add(chip.lineName(offset))) {
                    // A board's names need not be unique; those of a virtio device must be.
                    name = chip.lineName(offset);
                }
                lines.add(new GuestLine(name, chip.take(offset, context.name())));
            }
        }
    }

    private static List<GpioSettings.Choice> choices(GpioSettings settings, HostChip chip) throws DeviceException {
        if (!settings.lines().isEmpty()) {
            return settings.lines();
        }
        if (chip.lineCount() > GpioSettings.MAX_LINES) {
            throw new DeviceException(chip.path() + " has " + chip.lineCount() + " lines; choose up to "
                    + GpioSettings.MAX_LINES + " of them by 'lines'.");
        }
        return IntStream.range(0, chip.lineCount())
                .mapToObj(Integer::toString)
                .map(GpioSettings.Choice::of)
                .toList();
    }

    List<GuestLine> lines() {
        return lines;
    }

    /** Whether a call to the chip may block. */
    boolean block() {
        return blocks;
    }

    /** Gives all of them back, also if one cannot be. */
    @Override
    public void close() {
        RuntimeException failure = null;
        for (Runnable giveBack : Stream.concat(lines.stream().<Runnable>map(line -> line.chip::close), atClose.stream())
                .toList()) {
            try {
                giveBack.run();
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
