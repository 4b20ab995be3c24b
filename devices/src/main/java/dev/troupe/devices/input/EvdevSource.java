package dev.troupe.devices.input;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.operator.LoopCall;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.sys.DirectoryWatch;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Evdev;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A device of the host. When it is unplugged, everything is let go in the guest, whose device stays; when it, or its like, is
 * plugged in again, it goes on. Another device in its place is not taken: the guest asks only once what it has.
 */
final class EvdevSource implements InputSource, HostReports.Listener {
    private static final int READS_A_TURN = 4;

    /** After a device has come, udev still has to name it and to give it its permissions. */
    private static final long SECOND_LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final HostDevice host;
    private final EventFlow flow;
    private final DeviceContext context;
    private final Optional<String> name;
    private final HostReports reports;
    private volatile @Nullable Fd device;
    /** What the guest has lit or put out, for a device that comes back; as it was set last, of each light. */
    private final Map<Integer, Long> lights = new TreeMap<>();

    private @Nullable Watch watch;
    private @Nullable DirectoryWatch arrivals;
    private @Nullable Watch arrivalsWatch;
    private @Nullable Timer secondLook;
    private boolean looking;
    private boolean lookLater;
    private boolean grabWanted;
    private boolean grabbed;
    private boolean closed;

    /**
     * @param opened the device, if it is plugged in; owned by the source from now on
     * @param name what the guest finds in place of the device's own name
     */
    EvdevSource(
            HostDevice host,
            Optional<Fd> opened,
            EventFlow flow,
            DeviceContext context,
            InputSettings settings,
            Optional<String> name) {
        this.host = host;
        this.flow = flow;
        this.context = context;
        this.name = name;
        this.grabWanted = settings.grab();
        this.device = opened.orElse(null);
        this.reports = new HostReports(flow.description(), this);
    }

    @Override
    public String describe() {
        return host.describe() + (device == null ? " (not plugged in)" : "");
    }

    @Override
    public void start() {
        Fd present = device;
        if (closed) {
            return;
        }
        if (present == null) {
            awaitArrival();
        } else {
            begin(present);
        }
    }

    private void begin(Fd present) {
        device = present;
        grabbed = false;
        reports.beginAnew();
        askHowItStands();
        if (device != present) {
            // Unplugged again already.
            return;
        }
        lights.values().forEach(light -> set(present, light));
        grabWhenNothingIsHeld();
        watch = context.loop().watch(present, new Watch.Listener() {
            @Override
            public void ready() {
                readSome(present);
            }

            @Override
            public void hungUp() {
                unplugged(present);
            }
        });
    }

    private void readSome(Fd from) {
        for (int i = 0; i < READS_A_TURN; i++) {
            if (device != from) {
                return;
            }
            int result = reports.read(from);
            if (result == -Errno.EAGAIN) {
                return;
            }
            if (result < 0) {
                unplugged(from);
                return;
            }
        }
        context.loop().execute(() -> readSome(from));
    }

    @Override
    public void report(long[] events, int count) {
        flow.report(events, count);
        grabWhenNothingIsHeld();
    }

    @Override
    public void lost() {
        askHowItStands();
    }

    private void askHowItStands() {
        Fd present = device;
        if (present != null) {
            try {
                flow.change(state -> HostDevice.ask(present, flow.description(), state));
            } catch (SysException e) {
                unplugged(present);
            }
        }
    }

    @Override
    public void grab(boolean wanted) {
        grabWanted = wanted;
        Fd present = device;
        if (!wanted && grabbed && present != null) {
            tryGrab(present, false);
        }
        grabWhenNothingIsHeld();
    }

    /** A key that is held while the host loses sight of the device would stay held for the host. */
    private void grabWhenNothingIsHeld() {
        Fd present = device;
        if (grabWanted && !grabbed && present != null && flow.actual().held().isEmpty()) {
            tryGrab(present, true);
        }
    }

    private void tryGrab(Fd present, boolean wanted) {
        try {
            Evdev.grab(present, wanted);
            grabbed = wanted;
        } catch (SysException e) {
            // Trying again at every report would fill the log.
            grabWanted = false;
            context.log().warn("{} cannot be taken for the guest alone: {}", host.describe(), e.getMessage());
        }
    }

    @Override
    public void status(long event) {
        if (InputWire.type(event) == EventCodes.EV_LED) {
            lights.put(InputWire.code(event), event);
        }
        Fd present = device;
        if (present != null) {
            set(present, event);
        }
    }

    /** Others who read the device are told only once the report is complete. */
    private static void set(Fd present, long event) {
        Evdev.write(present, InputWire.type(event), InputWire.code(event), InputWire.value(event));
        Evdev.write(present, EventCodes.EV_SYN, EventCodes.SYN_REPORT, 0);
    }

    private void unplugged(Fd gone) {
        if (device != gone || closed) {
            return;
        }
        context.log().warn("{} was unplugged; the guest keeps its device until it is back", host.describe());
        device = null;
        stopWatching();
        gone.close();
        flow.change(InputState::releaseAll);
        awaitArrival();
    }

    private void awaitArrival() {
        try {
            DirectoryWatch directory = DirectoryWatch.of(host.directory());
            arrivals = directory;
            arrivalsWatch = context.loop().watch(directory.fd(), () -> {
                directory.drain();
                lookLater = true;
                look();
            });
            // It may have come before the watch began.
            look();
        } catch (SysException e) {
            context.hostFailed(e);
        }
    }

    private void look() {
        if (looking) {
            return;
        }
        looking = true;
        try {
            context.blocking().execute(this::lookElsewhere);
        } catch (RejectedExecutionException e) {
            closed = true;
        }
    }

    private void lookElsewhere() {
        Optional<Fd> found = Optional.empty();
        String problem = "";
        try {
            found = host.open();
            if (found.isPresent()) {
                problem = difference(found.orElseThrow());
            }
        } catch (DeviceException e) {
            problem = String.valueOf(e.getMessage());
        }
        Optional<Fd> fits = found;
        String why = problem;
        context.loop().execute(() -> looked(fits, why));
    }

    private String difference(Fd found) throws DeviceException {
        return HostDevice.describe(found, name).equals(flow.description())
                ? ""
                : "It is another device than the guest knows; remove this device and add it again to take it.";
    }

    private void looked(Optional<Fd> found, String problem) {
        looking = false;
        if (found.isPresent() && problem.isEmpty() && !closed) {
            stopWaiting();
            context.log().info("{} is plugged in again", host.describe());
            begin(found.orElseThrow());
            return;
        }
        found.ifPresent(Fd::close);
        if (closed) {
            return;
        }
        if (lookLater && secondLook == null) {
            lookLater = false;
            secondLook = context.loop().schedule(SECOND_LOOK_NANOS, () -> {
                secondLook = null;
                look();
            });
        } else if (!problem.isEmpty()) {
            context.log().warn("{}: {}", host.describe(), problem);
        }
    }

    private void stopWatching() {
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
    }

    private void stopWaiting() {
        if (secondLook != null) {
            secondLook.cancel();
            secondLook = null;
        }
        if (arrivalsWatch != null) {
            arrivalsWatch.cancel();
            arrivalsWatch = null;
        }
        if (arrivals != null) {
            arrivals.close();
            arrivals = null;
        }
    }

    /** Returns once the device is the host's again, so that whoever comes next can take it. */
    @Override
    public void close() {
        try {
            new LoopCall(context.loop()).call(this::end);
        } catch (DeviceException e) {
            context.log().warn("{} is not given back: {}", host.describe(), e.getMessage());
        }
    }

    private boolean end() {
        closed = true;
        stopWatching();
        stopWaiting();
        Fd present = device;
        if (present != null) {
            device = null;
            present.close();
        }
        return true;
    }
}
