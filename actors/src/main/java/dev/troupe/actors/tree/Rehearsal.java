package dev.troupe.actors.tree;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.device.DeviceException;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out whether a device could be opened, without opening it. */
final class Rehearsal {

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

    private Rehearsal() {}

    /** Begins one on a thread that may block; whoever asked gets the answer. */
    static void begin(DaemonCommand.RehearseDevice message, Executor blocking) {
        blocking.execute(() -> message.replyTo().tell(of(message.wanted())));
    }

    private static Outcome of(DeviceSpec spec) {
        try {
            spec.factory().rehearse(spec.settings());
            return new Outcome.Done("");
        } catch (DeviceException e) {
            return new Outcome.Refused(spec.name() + ": " + e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("{}: finding out whether it could be opened failed by a bug", spec.name(), e);
            return new Outcome.Refused(spec.name() + ": finding out whether it could be opened failed by a bug (" + e
                    + "); the log tells more");
        }
    }
}
