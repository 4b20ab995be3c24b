package dev.troupe.runtime.bench;

import dev.troupe.actors.device.Quantities;
import dev.troupe.devices.vsock.VsockWire;
import dev.troupe.runtime.probe.NoBackEndException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A socket device (virtio 1.4, section 5.10), whose load has two ends: the guest's driver and a program of the host. */
record VsockSubject(BenchPlan plan, VsockLoad load) implements Subject {

    /**
     * Checks the plan.
     *
     * @throws BenchException if it does not fit
     */
    static VsockSubject of(BenchPlan plan) throws BenchException {
        plan.requireNoData("A socket device");
        plan.requireOneQueue();
        Path path = plan.aim()
                .udsPath()
                .orElseThrow(
                        () -> new BenchException("Sockets need --uds-path, the back end's Unix socket for the host."));
        return new VsockSubject(plan, VsockLoad.of(plan.aim(), path));
    }

    @Override
    public String title() {
        return load.kind() + (load.kind() == VsockLoad.Kind.CONNECT ? "" : " in blocks of " + blockSize());
    }

    private String blockSize() {
        return Quantities.formatBytes(plan.blockBytes());
    }

    @Override
    public String noun() {
        return load.kind() == VsockLoad.Kind.CONNECT ? "connections" : "blocks";
    }

    @Override
    public long accepted() {
        return VsockWire.VIRTIO_VSOCK_F_STREAM;
    }

    @Override
    public int rings(int queues) {
        return VsockGuestEnd.QUEUES;
    }

    @Override
    public int buffers() {
        return VsockGuestEnd.PACKET_BUFFERS;
    }

    @Override
    public long memoryBytes() {
        return VsockGuestEnd.QUEUES * VsockGuestEnd.memoryBytes(plan.blockBytes());
    }

    @Override
    public BenchResult run(BenchTarget target, Consumer<Watch.Progress> progress)
            throws BenchException, NoBackEndException, InterruptedException {
        return new VsockRun(load, target, progress).run();
    }
}
