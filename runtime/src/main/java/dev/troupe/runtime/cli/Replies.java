package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.ControlReply;

/** Shows what a daemon answered. */
final class Replies {

    private Replies() {}

    /**
     * Prints an answer.
     *
     * @param otherwise what to print for an answer without words
     * @return the exit code
     */
    static int print(Cli cli, ControlReply reply, String otherwise) {
        return switch (reply) {
            case ControlReply.Done done -> {
                cli.out().println(done.text().isEmpty() ? otherwise : done.text());
                yield ExitCode.OK;
            }
            case ControlReply.Agreed _ ->
                throw new IllegalStateException("a conversation is not a reply to be printed");
            case ControlReply.Failed failed -> {
                cli.err().println("troupe: " + failed.error());
                yield failed.configuration() ? ExitCode.CONFIG : ExitCode.FAILED;
            }
            case ControlReply.Status status -> {
                cli.out().print(StatusTable.render(status));
                yield ExitCode.OK;
            }
        };
    }
}
