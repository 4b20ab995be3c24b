package dev.troupe.samples.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A guest that runs. What it prints is there as it comes; it is gone, whatever state it was in, when {@link #close} returns.
 *
 * <p>A script speaks in lines that begin with {@code TROUPE-}: BEGIN, INFO, WAIT, OK and FAIL. A FAIL, or the end of the
 * machine, ends every wait at once with a {@link GuestException} that carries the last lines of the script and the kernel.
 */
public final class GuestRun implements AutoCloseable {
    private static final String INFO = "TROUPE-INFO ";
    private static final String FAIL = "TROUPE-FAIL ";
    private static final int KERNEL_TAIL_LINES = 15;
    private static final Pattern TORN_KERNEL =
            Pattern.compile("Oops|BUG: |general protection fault|Kernel panic|bad page state|stack-protector");
    private static final int SIGABRT_STATUS = 128 + 6;

    /** For a boot on a busy host, or for the end of a script that a test gave up. */
    private static final Duration TO_BE_READY = Duration.ofMinutes(2);

    private final String script;
    private final TiedProcess process;
    private final Path kernelLog;
    private final Path work;
    /** How many lines had been said when the script of now began. */
    private int begun;

    GuestRun(String script, TiedProcess process, Path kernelLog, Path work) {
        this.script = script;
        this.process = process;
        this.kernelLog = kernelLog;
        this.work = work;
    }

    /**
     * Waits for a line that contains the pattern, after the lines that earlier waits went past.
     *
     * @return the line
     * @throws GuestException if the script fails, the machine ends or the time is over first
     */
    public String awaitLine(String pattern, Duration timeout) {
        Pattern compiled = Pattern.compile(pattern);
        try {
            return process.awaitLine(
                    line -> compiled.matcher(line).find(), line -> line.startsWith(FAIL), "'" + pattern + "'", timeout);
        } catch (GuestException e) {
            throw withKernel(e);
        }
    }

    /** Waits until the script waits for the host ({@code ask what}); then {@link #send} lets it go on. */
    public void awaitAsk(String what, Duration timeout) {
        awaitLine("^TROUPE-WAIT " + Pattern.quote(what) + "$", timeout);
    }

    /** Sends a line to the script. Only one that the script has asked for is sure to arrive. */
    public void send(String line) {
        process.send(line);
    }

    /**
     * Waits until the script has ended well and the machine has powered off.
     *
     * @param timeout for both together
     * @return what the script said with {@code say}, from its beginning on
     * @throws GuestException if it failed, with its reason
     */
    public List<String> awaitOk(Duration timeout) {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        awaitLine("^TROUPE-OK " + Pattern.quote(script) + "$", timeout);
        process.awaitEnd(Duration.ofNanos(Math.max(1, deadlineNs - System.nanoTime())));
        return said();
    }

    /**
     * Has a {@link GuestScript#onRequest} guest begin the next of its scripts; {@link #finish} waits for its end.
     *
     * @param name which script
     * @param variables what it is told, such as {@code DISK=vdb}; the values may hold any character but a line's end
     */
    public void begin(String name, String... variables) {
        // What an earlier script that failed has said since is of no interest.
        awaitLine("^TROUPE-WAIT next$", TO_BE_READY);
        StringBuilder line = new StringBuilder(name);
        for (String variable : variables) {
            int equals = variable.indexOf('=');
            line.append(' ').append(variable, 0, equals + 1).append(Guest.quoted(variable.substring(equals + 1)));
        }
        begun = said().size();
        send(line.toString());
    }

    /**
     * Waits until the script begun last has ended well.
     *
     * @return what it said with {@code say}
     * @throws GuestException if it failed, with its reason; the guest can be asked for the next one all the same
     */
    public List<String> finish(String name, Duration timeout) {
        awaitLine("^TROUPE-OK " + Pattern.quote(name) + "$", timeout);
        List<String> all = said();
        return all.subList(begun, all.size());
    }

    /** {@link #begin} and {@link #finish} in one. */
    public List<String> perform(String name, Duration timeout, String... variables) {
        begin(name, variables);
        return finish(name, timeout);
    }

    /** Ends a {@link GuestScript#onRequest} guest that waits for its next script, and waits until it has powered off. */
    public void end(Duration timeout) {
        awaitLine("^TROUPE-WAIT next$", TO_BE_READY);
        send("end");
        awaitOk(timeout);
    }

    /** What the script has said so far with {@code say}. */
    public List<String> said() {
        return process.lines().stream()
                .filter(line -> line.startsWith(INFO))
                .map(line -> line.substring(INFO.length()))
                .toList();
    }

    /** All lines of the script and of QEMU so far. */
    public List<String> lines() {
        return process.lines();
    }

    /** Whether QEMU has found something wrong with itself and ended for that. */
    boolean hasAborted() {
        return !qemu().isAlive() && process.awaitEnd(TO_BE_READY) == SIGABRT_STATUS;
    }

    /** Whether the guest's kernel has come across something in its own memory that cannot be. */
    public boolean kernelIsTorn() {
        try (Stream<String> lines = Files.lines(kernelLog, StandardCharsets.ISO_8859_1)) {
            return lines.anyMatch(line -> TORN_KERNEL.matcher(line).find());
        } catch (IOException e) {
            throw new GuestException("cannot read " + kernelLog, e);
        }
    }

    /** QEMU's process, to ask for its id or to signal it. */
    public ProcessHandle qemu() {
        return process.handle();
    }

    /** The file with QEMU's command line and all that the script said; what the kernel said is beside it. */
    public Path transcript() {
        return process.transcript();
    }

    private GuestException withKernel(GuestException e) {
        List<String> kernel;
        try (Stream<String> lines = Files.lines(kernelLog)) {
            kernel = lines.toList();
        } catch (IOException | UncheckedIOException unreadable) {
            // Without a kernel log there was no kernel yet; QEMU's own words are in the message already.
            return e;
        }
        List<String> tail = kernel.subList(Math.max(0, kernel.size() - KERNEL_TAIL_LINES), kernel.size());
        return new GuestException(
                e.getMessage() + "\nand its kernel's (" + kernelLog + "):\n  " + String.join("\n  ", tail), e);
    }

    /** Ends the machine if it still runs, and forgets its files; the transcripts stay. May be called again. */
    @Override
    public void close() {
        process.close();
        if (!Files.exists(work)) {
            return;
        }
        try (Stream<Path> files = Files.list(work)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(work);
        } catch (IOException e) {
            throw new GuestException("cannot remove " + work, e);
        }
    }
}
