package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.MemFd;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;

/** The surroundings of one guest's device, beside others in the same daemon; memory that is kept is the same each time. */
record GuestContext(TestDeviceContext daemon, String name) implements DeviceContext {
    @Override
    public Logger log() {
        return daemon.log();
    }

    @Override
    public EventLoop loop() {
        return daemon.loop();
    }

    @Override
    public Executor blocking() {
        return daemon.blocking();
    }

    @Override
    public <T extends AutoCloseable> T keep(String what, Class<T> type, Supplier<T> make) {
        return daemon.keep(name + "/" + what, type, make);
    }

    @Override
    public <T extends AutoCloseable> T share(String what, Class<T> type, Supplier<T> make) {
        return daemon.share(what, type, make);
    }

    @Override
    public Fd keepMemory(String what, long sizeBytes) {
        return keep("memory/" + what, Fd.class, () -> MemFd.create("troupe-test", sizeBytes, true))
                .duplicate();
    }

    @Override
    public void stateChanged() {
        daemon.stateChanged();
    }

    @Override
    public void configChanged() {
        daemon.configChanged();
    }

    @Override
    public void hostFailed(Throwable cause) {
        daemon.hostFailed(cause);
    }
}
