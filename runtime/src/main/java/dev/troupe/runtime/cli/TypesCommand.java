package dev.troupe.runtime.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.config.Documentation.OptionEntry;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code troupe types}: the device types and their options, from the same source as the checks. */
@Command(description = "Lists the device types, or the options and commands of one type.")
final class TypesCommand implements Callable<Integer> {

    private final Cli cli;

    @Parameters(arity = "0..1", paramLabel = "TYPE", description = "One type.")
    private @Nullable String type;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    TypesCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        if (json) {
            ArrayNode all = JsonNodeFactory.instance.arrayNode();
            for (DeviceFactory factory : chosen()) {
                all.add(encode(factory));
            }
            cli.out().println(all.toPrettyString());
        } else if (type == null) {
            TextTable table = new TextTable(Set.of(1), List.of("TYPE", "VIRTIO ID", "WHAT"));
            chosen().forEach(factory ->
                    table.add(List.of(factory.type(), Integer.toString(factory.virtioId()), factory.summary())));
            cli.out().print(table.render());
        } else {
            describe(chosen().getFirst());
        }
        return ExitCode.OK;
    }

    private List<DeviceFactory> chosen() throws UserException {
        return type == null ? cli.loader().types().all() : List.of(find(cli, type));
    }

    /** The type of that name. */
    static DeviceFactory find(Cli cli, String type) throws UserException {
        return cli.loader()
                .types()
                .find(type)
                .orElseThrow(() -> new UserException(
                        ExitCode.USAGE,
                        "There is no device type '" + type + "'. Known are: "
                                + String.join(", ", cli.loader().types().names()) + "."));
    }

    private void describe(DeviceFactory factory) {
        cli.out().println(factory.type() + " (virtio id " + factory.virtioId() + "): " + factory.summary());
        cli.out().println("\nOptions of this type:");
        cli.loader().documentation().type(factory).forEach(this::describe);
        if (!factory.commands().isEmpty()) {
            cli.out().println("\nCommands of this type:");
            factory.commands()
                    .forEach(command -> cli.out()
                            .println(("  troupe " + factory.type() + " DEVICE " + command.name() + " "
                                                    + command.arguments())
                                            .stripTrailing()
                                    + "\n      " + command.summary()));
        }
        cli.out().println("\nOptions of every device:");
        cli.loader().documentation().common().forEach(this::describe);
    }

    private void describe(OptionEntry entry) {
        String kind =
                entry.option().kind().description() + (entry.limits().isEmpty() ? "" : " (" + entry.limits() + ")");
        String need = entry.option().required()
                ? "required"
                : entry.defaultValue().map(value -> "default " + value).orElse("no default");
        String change = switch (entry.option().effect()) {
            case LIVE -> "changes live";
            case RESTART -> "changes by a restart of the device";
            case GUEST_VISIBLE -> "changes while no front end is connected";
        };
        cli.out().println("  " + entry.key() + ": " + kind + "; " + need + "; " + change);
        cli.out().println("      " + entry.sentence());
    }

    private ObjectNode encode(DeviceFactory factory) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("type", factory.type());
        node.put("virtioId", factory.virtioId());
        node.put("summary", factory.summary());
        ArrayNode options = node.putArray("options");
        cli.loader().documentation().type(factory).forEach(entry -> options.add(encode(entry)));
        ArrayNode common = node.putArray("commonOptions");
        cli.loader().documentation().common().forEach(entry -> common.add(encode(entry)));
        ArrayNode commands = node.putArray("commands");
        factory.commands()
                .forEach(command -> commands.addObject()
                        .put("name", command.name())
                        .put("arguments", command.arguments())
                        .put("summary", command.summary()));
        return node;
    }

    private static ObjectNode encode(OptionEntry entry) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("name", entry.key());
        node.put("kind", entry.option().kind().name().toLowerCase(Locale.ROOT));
        node.put("required", entry.option().required());
        node.put("limits", entry.limits());
        entry.option().choices().forEach(node.putArray("choices")::add);
        entry.defaultValue().ifPresentOrElse(value -> node.put("default", value), () -> node.putNull("default"));
        node.put(
                "change",
                entry.option().effect().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        node.put("description", entry.sentence());
        return node;
    }
}
