package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.QueueStatus;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A terminal and a port on QEMU's front end for any type, which users may create from QEMU 10.2 on. */
@Tag("newer")
class NewestConsoleIT {
    private static final Duration BOOT = Duration.ofMinutes(3);
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int CONSOLE = 3;
    private static final int QUEUES = 6;
    private static final int QUEUE_SIZE = 64;
    private static final int CONFIG_BYTES = 12;
    private static final String END_OF_INPUT = "\u0004";
    private static final String PASSWORD = "a name for a cat";

    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldServeALoginAndAPortAlsoAcrossRestartUpgradeAndCrash() throws IOException {
        try (TroupeProgram troupe = TroupeProgram.startSupervised("console", folder, """
                con0 {
                  type = console
                  ports {
                    shell { number = 0, console = true, target = unix, path = shell.sock }
                    agent { number = 1, target = unix, path = agent.sock }
                  }
                }
                """);
                GuestRun guest = Guest.on(GuestImage.newest())
                        .name("console")
                        .device(GuestDevice.generic(CONSOLE, QUEUES, QUEUE_SIZE, CONFIG_BYTES, troupe.socket("con0"))
                                .packed())
                        .script(GuestScript.bundled("console"))
                        .argument("ROUNDS", "1 2 3 4")
                        .argument("PASSWORD", PASSWORD)
                        .start()) {
            guest.awaitLine("terminal: 24 80", BOOT);
            guest.awaitAsk("resize", BOOT);
            troupe.command("console", "con0", "resize", "132", "50");
            guest.send("done");

            guest.awaitAsk("type the numbers up to 1000", LIMIT);
            try (SocketChannel terminal = connect("shell.sock")) {
                say(terminal, numbers(1, 1000, "\n") + END_OF_INPUT);
                guest.send("done");
                guest.awaitLine("all that was typed was read", LIMIT);
                hear(terminal, numbers(2001, 3000, "\r\n"));
            }

            guest.awaitAsk("log in", LIMIT);
            try (SocketChannel terminal = connect("shell.sock")) {
                guest.send("done");
                logIn(terminal);
                say(terminal, "tty\r");
                hear(terminal, "/dev/hvc0\r\n");
                say(terminal, "stty size\r");
                hear(terminal, "50 132\r\n");
                say(terminal, "echo the sum is $((6 * 7))\r");
                hear(terminal, "the sum is 42");
            }
            assertThat(String.join("\n", troupe.command("console", "con0", "log", "shell")))
                    .contains("the sum is 42");

            guest.awaitAsk("talk", LIMIT);
            guest.send("done");
            greet("good morning");
            troupe.restart("con0");
            greet("good day");
            troupe.upgrade();
            greet("good evening");
            troupe.killSupervised();
            try (SocketChannel terminal = connect("shell.sock")) {
                say(terminal, "echo the product is $((7 * 8))\r");
                hear(terminal, "the product is 56");
                say(terminal, "exit\r");
                logIn(terminal);
            }
            assertThat(String.join("\n", troupe.command("console", "con0", "log", "shell")))
                    .as("what was written before the crash is kept")
                    .contains("the sum is 42", "the product is 56");
            assertThat(troupe.status("con0").queues())
                    .extracting(QueueStatus::layout)
                    .contains("packed")
                    .doesNotContain("split");
            greet("good night");
            assertThat(guest.awaitOk(LIMIT)).contains("round 4: good night");
        }
    }

    /** Logs in as whoever sits at a terminal does: each answer is typed when it is asked for. */
    private static void logIn(SocketChannel terminal) throws IOException {
        hear(terminal, "troupe login: ");
        say(terminal, "guest\r");
        hear(terminal, "Password: ");
        say(terminal, PASSWORD + "\r");
        hear(terminal, "$ ");
    }

    private static String numbers(int first, int last, String lineEnd) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(number -> number + lineEnd)
                .collect(Collectors.joining());
    }

    /** Says something to the guest's program, and hears that it has understood. */
    private void greet(String words) throws IOException {
        try (SocketChannel agent = connect("agent.sock")) {
            say(agent, words + "\n");
            hear(agent, "heard: " + words + "\n");
        }
    }

    private SocketChannel connect(String socket) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve(socket)));
    }

    private static void say(SocketChannel to, String words) throws IOException {
        to.write(ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8)));
    }

    /** Reads until the words have come. */
    private static void hear(SocketChannel from, String words) throws IOException {
        StringBuilder heard = new StringBuilder();
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        while (heard.indexOf(words) < 0) {
            if (from.read(buffer.clear()) < 0) {
                throw new AssertionError("Heard only: " + heard);
            }
            heard.append(StandardCharsets.UTF_8.decode(buffer.flip()));
        }
    }
}
