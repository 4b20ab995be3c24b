package dev.troupe.devices.vsock;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.sys.ChildProcess;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.StreamSocket;
import dev.troupe.transport.sys.SysException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A program of the host whose standard input and output are a guest's connection. When the connection is over it finds the end
 * of its input; if it has not ended {@link #GRACE_NANOS} later it is killed. On the device's event loop.
 */
final class Program implements Watch.Listener {
    static final long GRACE_NANOS = 8_000_000_000L;

    /** A program that was killed is gone within milliseconds, unless a device of the host holds it. */
    private static final int KILL_MS = 1000;

    private final DeviceContext context;
    private final ChildProcess process;
    private final StreamSocket socket;
    private final Watcher watcher;
    private @Nullable Watch watch;
    private @Nullable Timer grace;
    private boolean ended;

    private Program(DeviceContext context, ChildProcess process, StreamSocket socket, Watcher watcher) {
        this.context = context;
        this.process = process;
        this.socket = socket;
        this.watcher = watcher;
    }

    /** Hears of a program; on the loop. */
    interface Watcher {
        /** It runs. */
        void started(Program program);

        /** It has ended by itself or was killed when its time was over. */
        void ended(Program program);

        /** There is none: {@code null} if it was not wanted any more. */
        void notStarted(@Nullable SysException why);
    }

    /**
     * Starts it on a thread that may block.
     *
     * @param wanted whether it is still wanted when it is its turn; called on that thread
     */
    static void start(Target.Command command, DeviceContext context, BooleanSupplier wanted, Watcher watcher) {
        context.blocking().execute(() -> {
            if (!wanted.getAsBoolean()) {
                context.loop().execute(() -> watcher.notStarted(null));
                return;
            }
            try {
                Program program = spawn(command, context, watcher);
                context.loop().execute(() -> {
                    watcher.started(program);
                    program.begin();
                });
            } catch (SysException e) {
                context.loop().execute(() -> watcher.notStarted(e));
            }
        });
    }

    private static Program spawn(Target.Command command, DeviceContext context, Watcher watcher) {
        List<Fd> pair = SocketFd.pair();
        StreamSocket ours = StreamSocket.of(pair.getFirst());
        try (Fd theirs = pair.getLast()) {
            ChildProcess process = ChildProcess.startFilter(command.command(), System.getenv(), theirs);
            return new Program(context, process, ours, watcher);
        } catch (SysException e) {
            ours.close();
            throw e;
        }
    }

    /** The connection's end of its standard input and output. */
    StreamSocket socket() {
        return socket;
    }

    private void begin() {
        watch = context.loop().watch(process.end(), this);
    }

    @Override
    public void ready() {
        if (!ended && process.hasEnded()) {
            end();
        }
    }

    private void end() {
        ended = true;
        process.takeStatus();
        Watch watching = watch;
        if (watching != null) {
            watching.cancel();
        }
        stopWaiting();
        process.close();
        watcher.ended(this);
    }

    private void stopWaiting() {
        Timer waiting = grace;
        if (waiting != null) {
            waiting.cancel();
            grace = null;
        }
    }

    /** The connection is over. */
    void expectEnd() {
        if (!ended) {
            grace = context.loop().schedule(GRACE_NANOS, () -> process.signal(ChildProcess.SIGKILL));
        }
    }

    /** Ends it now. The kernel forgets it once its status is taken, which is waited for on another thread. */
    void kill() {
        if (!ended) {
            process.signal(ChildProcess.SIGKILL);
            ended = true;
            stopWaiting();
            Watch watching = watch;
            if (watching != null) {
                watching.cancel();
            }
            context.blocking().execute(() -> {
                SocketFd.awaitReadable(process.end(), KILL_MS);
                process.takeStatus();
                process.close();
            });
        }
    }
}
