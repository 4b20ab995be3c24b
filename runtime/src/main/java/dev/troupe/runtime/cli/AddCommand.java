package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.ControlRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code troupe add}: one more device. */
@Command(
        description = {
            "Adds a device to the running daemon, for example: troupe add disk7 type=blk path=/srv/disk7.img",
            "'troupe save' keeps it for the next start."
        })
final class AddCommand implements Callable<Integer> {

    private final Cli cli;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "Add the devices whose blocks stand in this file, as they would in the configuration.")
    private @Nullable Path file;

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "The device's name.")
    private @Nullable String name;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "KEY=VALUE",
            description = "Its options, type=… among them; 'troupe types TYPE' lists them.")
    private List<String> settings = new ArrayList<>();

    AddCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        return Replies.print(cli, control.ask(cli, request()), "Added.");
    }

    private ControlRequest request() {
        Path snippet = file;
        String device = name;
        if (snippet != null && device == null) {
            return new ControlRequest.AddFile(snippet.toAbsolutePath().toString());
        }
        if (snippet != null || device == null) {
            throw wrong("Either a name and its options are needed, or --file.");
        }
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw wrong("'" + setting + "' is not KEY=VALUE.");
            }
            pairs.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return new ControlRequest.Add(
                device, pairs, Path.of("").toAbsolutePath().toString());
    }

    private RuntimeException wrong(String what) {
        return spec == null ? new IllegalStateException(what) : new ParameterException(spec.commandLine(), what);
    }
}
