package dev.troupe.runtime.bench;

import dev.troupe.devices.i2c.I2cWire;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what of a device is driven; {@link #aim} reads them. Set by picocli. */
final class AimOptions {

    private static final Pattern UNIT = Pattern.compile("(?:([0-9]{1,3}):)?([0-9]{1,5})");
    private static final int MAX_TARGET = 255;
    private static final int MAX_LUN = 16383;
    private static final int MAX_LINE = 0xffff;
    private static final int MAX_MESSAGE_BYTES = 8192;

    @Option(
            names = "--lun",
            paramLabel = "[TARGET:]LUN",
            defaultValue = "0:0",
            description = "scsi: the disk. Default: ${DEFAULT-VALUE}.")
    private String lun = "0:0";

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            description =
                    "i2c: the target, such as 0x50 or 10bit:0x250. It is read only; write-read sends it a 0 first.")
    private @Nullable String address;

    @Option(
            names = "--message",
            paramLabel = "N",
            defaultValue = "1",
            description = "i2c: how many bytes the target sends. Default: ${DEFAULT-VALUE}.")
    private int messageBytes = 1;

    @Option(
            names = "--line",
            paramLabel = "N",
            defaultValue = "0",
            description = "gpio: the line. Default: ${DEFAULT-VALUE}.")
    private int line;

    @Option(
            names = "--interrupt-line",
            paramLabel = "N",
            description = "gpio: the line that is connected to it and tells of its changes, for --request interrupt.")
    private @Nullable Integer interruptLine;

    @Option(
            names = "--request",
            paramLabel = "NAME",
            description = {
                "i2c: read (default), or write-read, two messages in one transfer.",
                "gpio: get (default), set (drives the line), or interrupt (sets the line, and waits for the interrupt).",
                "vsock: to-host (default) or to-guest (one stream, in blocks of --block-size), or connect (the host connects,",
                "a byte goes there and back, the host closes)."
            })
    private @Nullable String request;

    @Option(
            names = "--uds-path",
            paramLabel = "PATH",
            description = {
                "vsock: the back end's Unix socket for the host, where CONNECT 5000 leads to the guest; the guest's streams",
                "come to PATH_5000, where this program listens."
            })
    private @Nullable Path udsPath;

    /**
     * Reads the options.
     *
     * @throws IllegalArgumentException if something is wrong with them, with a sentence that says what
     */
    Aim aim() {
        Matcher unit = UNIT.matcher(lun);
        boolean isUnit = unit.matches();
        int target = isUnit && unit.group(1) != null ? Integer.parseInt(unit.group(1)) : 0;
        int number = isUnit ? Integer.parseInt(unit.group(2)) : 0;
        BenchOptions.require(
                isUnit && target <= MAX_TARGET && number <= MAX_LUN,
                "--lun is a LUN up to 16383, or a target up to 255 and a LUN, such as 0:1.");
        OptionalInt at = address == null ? OptionalInt.empty() : I2cWire.parseAddress(address);
        BenchOptions.require(
                address == null || at.isPresent(),
                "--address is the address of an I2C target, such as 0x50 or 10bit:0x250.");
        BenchOptions.require(
                messageBytes >= 1 && messageBytes <= MAX_MESSAGE_BYTES,
                "--message is from 1 to " + MAX_MESSAGE_BYTES + ".");
        Integer follower = interruptLine;
        BenchOptions.require(isLine(line), "--line is from 0 to " + MAX_LINE + ".");
        BenchOptions.require(follower == null || isLine(follower), "--interrupt-line is from 0 to " + MAX_LINE + ".");
        return new Aim(
                target,
                number,
                at,
                line,
                follower == null ? OptionalInt.empty() : OptionalInt.of(follower),
                Optional.ofNullable(request),
                messageBytes,
                Optional.ofNullable(udsPath));
    }

    private static boolean isLine(int number) {
        return number >= 0 && number <= MAX_LINE;
    }
}
