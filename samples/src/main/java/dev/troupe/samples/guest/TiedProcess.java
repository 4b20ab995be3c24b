package dev.troupe.samples.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A child process that never outlives this one, and whose output is read by lines as it comes.
 *
 * <p>The kernel kills it when the thread that started it ends ({@code PR_SET_PDEATHSIG}, set by {@code setpriv}); that
 * thread lives exactly as long as the child does, so the child dies with {@link #close}, with a normal end of this program
 * and with a {@code kill -9} of it. Methods may be called by any thread; waiting is for one thread at a time.
 */
public final class TiedProcess implements AutoCloseable {
    private static final int TAIL_LINES = 40;

    private final String name;
    private final Path transcript;
    private final Process process;
    private final Thread reader;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<String> lines = new ArrayList<>();
    private int nextToMatch;
    private boolean ended;

    private TiedProcess(String name, List<String> command, Map<String, String> environment, Path transcript) {
        this.name = name;
        this.transcript = transcript;
        CompletableFuture<Process> started = new CompletableFuture<>();
        this.reader = Thread.ofPlatform().daemon().name("output-" + name).start(() -> {
            spawn(command, environment, started);
            if (!started.isCompletedExceptionally()) {
                readAll(started.join(), command);
            }
        });
        try {
            this.process = started.join();
        } catch (CompletionException e) {
            throw new GuestException("cannot start " + name + ": " + e.getCause(), e);
        }
    }

    /**
     * Starts a program whose error output goes where its output goes.
     *
     * @param name what messages call it
     * @param command the program and its arguments
     * @param environment variables added to this program's own
     * @param transcript the file that gets the command and all of the output; replaced if there
     * @throws GuestException if the program cannot be started
     */
    public static TiedProcess start(
            String name, List<String> command, Map<String, String> environment, Path transcript) {
        return new TiedProcess(name, command, environment, transcript);
    }

    private static void spawn(
            List<String> command, Map<String, String> environment, CompletableFuture<Process> started) {
        List<String> tied = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        tied.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(tied).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            started.complete(builder.start());
        } catch (IOException e) {
            started.completeExceptionally(e);
        }
    }

    private void readAll(Process child, List<String> command) {
        try (BufferedReader output = new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8));
                Writer file = Files.newBufferedWriter(transcript)) {
            file.write("$ " + String.join(" ", command) + "\n");
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                file.write(line + "\n");
                file.flush();
                changing(() -> {}, line);
            }
        } catch (IOException e) {
            changing(() -> {}, name + ": reading its output ended with " + e);
        }
        waitForEnd(child);
        changing(() -> ended = true, null);
    }

    /** Only {@link #close} ends this wait early, by ending the child. */
    private static void waitForEnd(Process child) {
        boolean interrupted = false;
        while (child.isAlive()) {
            try {
                child.waitFor();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void changing(Runnable change, @Nullable String line) {
        lock.lock();
        try {
            if (line != null) {
                lines.add(line);
            }
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the next line, after those that earlier waits went past, that is wanted.
     *
     * @param wanted which line
     * @param fatal a line that makes further waiting senseless, unless it is wanted
     * @param what the wanted line as messages name it
     * @param timeout how long to wait
     * @return the line
     * @throws GuestException if a fatal line, the end of the process or the end of the time comes first
     */
    public String awaitLine(Predicate<String> wanted, Predicate<String> fatal, String what, Duration timeout) {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        lock.lock();
        try {
            while (true) {
                while (nextToMatch < lines.size()) {
                    String line = lines.get(nextToMatch++);
                    if (wanted.test(line)) {
                        return line;
                    }
                    if (fatal.test(line)) {
                        throw failure(name + " said '" + line + "' while " + what + " was waited for");
                    }
                }
                if (ended) {
                    throw failure(name + " ended with status " + process.exitValue() + " before " + what + " came");
                }
                awaitThat(() -> nextToMatch < lines.size() || ended, deadlineNs, what);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until the process has ended and all of its output has been read.
     *
     * @return its exit status
     * @throws GuestException if it has not ended in time
     */
    public int awaitEnd(Duration timeout) {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        lock.lock();
        try {
            awaitThat(() -> ended, deadlineNs, "its end");
            return process.exitValue();
        } finally {
            lock.unlock();
        }
    }

    /** Called with the lock held, which is given up while waiting. */
    private void awaitThat(BooleanSupplier condition, long deadlineNs, String what) {
        long startNs = System.nanoTime();
        try {
            while (!condition.getAsBoolean()) {
                long leftNs = deadlineNs - System.nanoTime();
                if (leftNs <= 0) {
                    long waitedMs = (System.nanoTime() - startNs) / 1_000_000;
                    throw failure(name + ": no sign of " + what + ", the last line came " + waitedMs + " ms ago");
                }
                changed.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuestException("interrupted while waiting for " + name, e);
        }
    }

    /** Sends a line to the program's input. Throws {@link GuestException} if the program has ended. */
    public void send(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new GuestException("cannot send '" + line + "' to " + name, lines(), transcript);
        }
    }

    /** All lines so far. */
    public List<String> lines() {
        lock.lock();
        try {
            return List.copyOf(lines);
        } finally {
            lock.unlock();
        }
    }

    /** The process, to ask for its id or to signal it. */
    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** The file that holds the command and all of the output. */
    public Path transcript() {
        return transcript;
    }

    GuestException failure(String what) {
        List<String> all = lines();
        return new GuestException(what, all.subList(Math.max(0, all.size() - TAIL_LINES), all.size()), transcript);
    }

    /** Kills the process if it still runs, and returns when it is gone and its output is read. */
    @Override
    public void close() {
        process.destroyForcibly();
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join(TimeUnit.SECONDS.toMillis(1));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
