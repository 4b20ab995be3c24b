package dev.troupe.devices.console;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.sys.Pty;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.SysException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A pseudo-terminal of the host, which outlives restarts of the device. While no program reads it, it misses what the log does
 * not hold any more.
 */
final class PtyTarget implements PortTarget, Outlet {
    private static final int FOR_EVER = -1;

    private final Port port;
    private final Pty pty;
    private final Optional<Path> link;
    private final DeviceContext context;
    private final MemorySegment incoming = Arena.ofAuto().allocate(PortInput.CHUNK_BYTES);
    private final MemorySegment outgoing = Arena.ofAuto().allocate(PortInput.CHUNK_BYTES);
    private final ByteBuffer outgoingBytes = outgoing.asByteBuffer();
    private long position;
    private @Nullable Watch watch;
    private boolean stalled;
    private boolean guestIsBehind;
    private boolean ended;

    private PtyTarget(Port port, Pty pty, Optional<Path> link, DeviceContext context) {
        this.port = port;
        this.pty = pty;
        this.link = link;
        this.context = context;
        this.position = port.log().written();
    }

    static PtyTarget open(Port port, DeviceContext context) throws DeviceException {
        Optional<Path> link = port.settings().path();
        try {
            Pty pty = context.keep("pty-" + port.settings().name(), Pty.class, Pty::open);
            if (link.isPresent()) {
                link(link.orElseThrow(), pty.terminal());
            }
            return new PtyTarget(port, pty, link, context);
        } catch (SysException e) {
            throw new DeviceException("Cannot make a pseudo-terminal: " + e.getMessage() + ".", e);
        } catch (IOException e) {
            throw new DeviceException(
                    "Cannot make the link " + link.orElseThrow() + " to a pseudo-terminal: " + e.getMessage() + ".", e);
        }
    }

    private static void link(Path link, Path terminal) throws IOException {
        if (Files.isSymbolicLink(link)) {
            Files.delete(link);
        }
        Files.createSymbolicLink(link, terminal);
    }

    @Override
    public String describe() {
        return "pty " + pty.terminal();
    }

    @Override
    public void start() {
        if (ended) {
            return;
        }
        watch = context.loop().watch(pty.fd(), this::readSome);
        port.add(this);
    }

    /** Reads until there is nothing left, or the guest has to take what was read first. */
    private void readSome() {
        if (guestIsBehind || ended) {
            return;
        }
        int got = pty.read(incoming);
        if (got > 0) {
            guestIsBehind = true;
            port.write(incoming.asSlice(0, got).toArray(ValueLayout.JAVA_BYTE), this::guestCaughtUp);
        }
    }

    /** The next bytes come with the next task: this one is filling the guest's buffers. */
    private void guestCaughtUp() {
        context.loop().execute(() -> {
            guestIsBehind = false;
            readSome();
        });
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public boolean holdsGuest() {
        return port.settings().holdsGuest();
    }

    @Override
    public void pump() {
        while (!stalled && !ended) {
            position = Math.max(position, port.log().oldest());
            int bytes = port.log().read(position, outgoingBytes.clear());
            if (bytes == 0) {
                return;
            }
            int written = pty.write(outgoing.asSlice(0, bytes));
            position += Math.max(0, written);
            if (written < bytes) {
                waitForReader();
            }
        }
    }

    /** On a thread of its own, which there is only while no program reads the terminal. */
    private void waitForReader() {
        stalled = true;
        Thread.ofPlatform().daemon().name("troupe-pty").start(() -> {
            try {
                SocketFd.awaitWritable(pty.fd(), FOR_EVER);
                context.loop().execute(this::goOn);
            } catch (IllegalStateException | RejectedExecutionException e) {
                // Closed, and the port with it.
            }
        });
    }

    private void goOn() {
        stalled = false;
        if (!ended) {
            pump();
            port.roomMade();
        }
    }

    @Override
    public void resize(int columns, int rows) {
        pty.resize(columns, rows);
    }

    /** The thread that waits for a reader ends when there is room. */
    @Override
    public void end() {
        ended = true;
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
        if (stalled) {
            pty.discardUnread();
        }
    }

    /** The terminal itself stays for the next opening of the device. */
    @Override
    public void close() {
        try {
            if (link.isPresent() && Files.isSymbolicLink(link.orElseThrow())) {
                Files.delete(link.orElseThrow());
            }
        } catch (IOException e) {
            context.log().warn("The link {} is not removed: {}", link.orElseThrow(), e.getMessage());
        }
    }
}
