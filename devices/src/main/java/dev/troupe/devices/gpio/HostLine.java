package dev.troupe.devices.gpio;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.sys.GpioLine;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A line of a host's chip, taken for as long as the device is open, so that nobody else changes it meanwhile. */
final class HostLine implements ChipLine {
    private final String name;
    private final GpioLine line;
    private volatile boolean output;
    private @Nullable EventLoop loop;
    private @Nullable Watch watch;

    /**
     * @param name what the chip calls it
     * @param output whether the chip drives it
     * @param line owned by this
     */
    HostLine(String name, boolean output, GpioLine line) {
        this.name = name;
        this.output = output;
        this.line = line;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean isOutput() {
        return output;
    }

    @Override
    public void input(boolean edges) {
        line.input(edges);
        output = false;
    }

    @Override
    public void free() {
        if (!output) {
            line.input(false);
        }
    }

    @Override
    public void output(boolean high) {
        line.output(high);
        output = true;
    }

    @Override
    public boolean get() {
        return line.get();
    }

    @Override
    public void set(boolean high) {
        line.set(high);
    }

    @Override
    public void listen(EventLoop onLoop, EdgeListener listener) {
        loop = onLoop;
        watch = onLoop.watch(line.fd(), () -> tellEdges(listener));
    }

    private void tellEdges(EdgeListener listener) {
        GpioLine.Edge edge = line.nextEdge();
        while (edge != GpioLine.Edge.NONE) {
            listener.changed(edge == GpioLine.Edge.RISING);
            edge = line.nextEdge();
        }
    }

    /** The watch belongs to the loop, and must end before the descriptor is closed. */
    @Override
    public void close() {
        EventLoop watching = loop;
        if (watching != null && !watching.inLoop()) {
            CompletableFuture.runAsync(this::endWatch, watching).join();
        } else {
            endWatch();
        }
        line.close();
    }

    private void endWatch() {
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
    }
}
