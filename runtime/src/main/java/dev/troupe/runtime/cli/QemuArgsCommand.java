package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.Quantities;
import dev.troupe.actors.device.VmmAttachment;
import dev.troupe.config.NodeConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code troupe qemu-args}: how a virtual machine monitor connects to the devices of a configuration. */
@Command(
        description = {
            "Prints the arguments with which a virtual machine monitor connects to the devices of a configuration.",
            "They can stand in a command: qemu-system-x86_64 $(troupe qemu-args troupe.conf) …",
            "Where one is quoted, for a space in a path, let the shell read it again:",
            "eval \"qemu-system-x86_64 $(troupe qemu-args troupe.conf | tr '\\n' ' ') …\""
        })
final class QemuArgsCommand implements Callable<Integer> {

    private final Cli cli;

    @Parameters(index = "0", paramLabel = "CONF", description = "The configuration.")
    private Path file = Path.of("troupe.conf");

    @Parameters(index = "1", arity = "0..1", paramLabel = "DEVICE", description = "One device; all by default.")
    private @Nullable String device;

    @Option(
            names = "--vmm",
            paramLabel = "VMM",
            defaultValue = "qemu",
            description = "One of ${COMPLETION-CANDIDATES}. Default: qemu.")
    private VmmArguments vmm = VmmArguments.QEMU;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            defaultValue = "1 GiB",
            description = "The guest's memory. Default: ${DEFAULT-VALUE}.")
    private String memory = "1 GiB";

    @Option(
            names = "--generic",
            description = "By front ends that know no device types: QEMU from 10.2 on, cloud-hypervisor.")
    private boolean generic;

    QemuArgsCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        NodeConfig config = cli.load(file);
        List<String> lines = new ArrayList<>(vmm.memory(memoryBytes()));
        for (DeviceSpec spec : chosen(config)) {
            Optional<List<String>> arguments = vmm.device(spec, attachment(spec), targetsBefore(spec, config));
            arguments.ifPresent(lines::addAll);
            if (arguments.isEmpty()) {
                cli.err()
                        .println("troupe: " + vmm + " has no front end for " + spec.name() + " ("
                                + spec.factory().type() + ").");
            }
            if (arguments.isEmpty() && device != null) {
                return ExitCode.FAILED;
            }
        }
        lines.forEach(cli.out()::println);
        return ExitCode.OK;
    }

    private VmmAttachment attachment(DeviceSpec spec) {
        DeviceFactory type = spec.factory();
        return generic
                ? VmmAttachment.generic(type.virtioId(), type.shape(spec.settings()))
                : type.attachment(spec.settings());
    }

    /** How many in the configuration have a target and stand before one: the same whichever devices are asked for. */
    private int targetsBefore(DeviceSpec spec, NodeConfig config) {
        return (int) config.devices().stream()
                .takeWhile(other -> !other.equals(spec))
                .filter(other -> VmmArguments.hasTarget(attachment(other)))
                .count();
    }

    private List<DeviceSpec> chosen(NodeConfig config) throws UserException {
        List<DeviceSpec> chosen = config.devices().stream()
                .filter(spec -> device == null || spec.name().equals(device))
                .toList();
        if (chosen.isEmpty() && device != null) {
            throw new UserException(ExitCode.FAILED, file + " has no device '" + device + "'.");
        }
        return chosen;
    }

    private long memoryBytes() throws UserException {
        try {
            return Quantities.parseBytes(memory);
        } catch (IllegalArgumentException e) {
            throw new UserException(ExitCode.USAGE, "--memory: " + e.getMessage());
        }
    }
}
