package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.TalkChannel;
import dev.troupe.transport.sys.TerminalMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;

/** A conversation between a device and whoever sits at this program's input and output. */
final class Talk {

    /** Ctrl-], as telnet has it. */
    private static final byte LEAVE = 0x1d;

    private static final int BUFFER_BYTES = 8192;

    private final InputStream input;
    private final OutputStream output;
    private final PrintWriter err;
    private final boolean terminal;

    /**
     * Prepares one.
     *
     * @param input what the operator says
     * @param output where the device is heard
     * @param err where everything else goes
     * @param terminal whether each key of a terminal goes to the device as it is
     */
    Talk(InputStream input, OutputStream output, PrintWriter err, boolean terminal) {
        this.input = input;
        this.output = output;
        this.err = err;
        this.terminal = terminal;
    }

    /** Passes everything on in both directions until the device ends it, or the operator leaves. */
    void hold(TalkChannel device) throws IOException {
        Optional<TerminalMode> raw = terminal ? TerminalMode.raw() : Optional.empty();
        if (raw.isPresent()) {
            err.print("Connected; Ctrl-] leaves.\r\n");
            err.flush();
        }
        try {
            // A daemon thread, because a read of the standard input cannot be broken off.
            Thread.ofPlatform().daemon().name("operator").start(() -> send(device, raw.isPresent()));
            receive(device);
        } finally {
            raw.ifPresent(TerminalMode::close);
        }
    }

    private void send(TalkChannel device, boolean leavable) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
                int end = leavable ? indexOfLeave(buffer, count) : count;
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, end);
                while (bytes.hasRemaining()) {
                    device.write(bytes);
                }
                if (end < count) {
                    device.close();
                    return;
                }
            }
            device.endOutput();
        } catch (IOException e) {
            // The device has gone away, which the other direction sees too.
        }
    }

    private static int indexOfLeave(byte[] buffer, int count) {
        for (int i = 0; i < count; i++) {
            if (buffer[i] == LEAVE) {
                return i;
            }
        }
        return count;
    }

    private void receive(TalkChannel device) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try {
            while (device.read(buffer) >= 0) {
                output.write(buffer.array(), 0, buffer.position());
                output.flush();
                buffer.clear();
            }
        } catch (ClosedChannelException e) {
            // The operator has left.
        }
    }
}
