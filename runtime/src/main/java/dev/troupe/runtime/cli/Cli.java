package dev.troupe.runtime.cli;

import dev.troupe.config.ConfigFile;
import dev.troupe.config.ConfigLoader;
import dev.troupe.config.ConfigProblem;
import dev.troupe.config.InvalidConfigException;
import dev.troupe.config.NodeConfig;
import dev.troupe.runtime.upgrade.Invocation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;

/**
 * What every command works with.
 *
 * @param loader loads configurations and knows the device types
 * @param launcher starts daemons
 * @param environment the process's environment variables
 * @param invocation how the process was started
 * @param out where answers go
 * @param err where everything else goes
 */
record Cli(
        ConfigLoader loader,
        DaemonLauncher launcher,
        Map<String, String> environment,
        Invocation invocation,
        PrintWriter out,
        PrintWriter err) {

    /** Loads a configuration; tells of every problem where there are any. */
    NodeConfig load(Path file) throws UserException {
        return open(file).config();
    }

    /** The same, to be kept at hand. */
    ConfigFile open(Path file) throws UserException {
        try {
            return loader.open(file);
        } catch (InvalidConfigException e) {
            throw invalid(e, file.toString());
        }
    }

    /** Tells of every problem and makes the end of the command. */
    UserException invalid(InvalidConfigException e, String what) {
        e.problems().stream().map(ConfigProblem::toString).forEach(err::println);
        int count = e.problems().size();
        return new UserException(
                ExitCode.CONFIG, what + " has " + (count == 1 ? "a problem" : count + " problems") + "; see above.");
    }

    /** Tells why a command failed: a sentence, or all that is known of a bug. Makes its exit code. */
    int tell(Exception exception) {
        if (exception instanceof UserException user) {
            err.println("troupe: " + user.getMessage());
            return user.exitCode();
        }
        err.println("troupe: This is a bug in Troupe; please report it with what follows.");
        exception.printStackTrace(err);
        return ExitCode.FAILED;
    }
}
