package dev.troupe.runtime.testing;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import picocli.CommandLine;

/**
 * One command as it was run.
 *
 * @param exitCode its exit status
 * @param out its standard output
 * @param err its standard error
 */
public record CommandRun(int exitCode, String out, String err) {

    /** Makes a command that prints to two writers, and runs it. */
    public static CommandRun of(BiFunction<PrintWriter, PrintWriter, Object> command, String... arguments) {
        return of(command, () -> {}, arguments);
    }

    /**
     * The same on a thread of its own. Not on one of the common pool, where the daemon's answers to this process pass: that
     * pool may have one thread only.
     */
    public static CompletableFuture<CommandRun> begin(
            BiFunction<PrintWriter, PrintWriter, Object> command, String... arguments) {
        return CompletableFuture.supplyAsync(
                () -> of(command, arguments),
                task -> Thread.ofPlatform().daemon().start(task));
    }

    /** The same, and tells when the command prints something to standard error. */
    public static CommandRun of(
            BiFunction<PrintWriter, PrintWriter, Object> command, Runnable onError, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter() {
            @Override
            public void flush() {
                onError.run();
            }
        };
        CommandLine line = new CommandLine(command.apply(new PrintWriter(out), new PrintWriter(err)))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setErr(new PrintWriter(err));
        int exitCode = line.execute(arguments);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }
}
