package dev.troupe.actors.tree;

import dev.troupe.actors.device.DeviceFactory;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the guest that is connected knows of its device, and whether that holds for another opening of it. */
final class GuestView {

    private @Nullable Appearance shown;
    private @Nullable String knownType;

    /** A guest found the device in an earlier process. */
    void takeUp(String type, Appearance found) {
        knownType = type;
        shown = found;
    }

    /** Why the guest cannot go on with what was opened; nothing if it can. */
    Optional<String> objection(Appearance fresh, DeviceFactory factory, StartRequest.Latitude latitude) {
        Appearance known = shown;
        if (known == null) {
            return Optional.empty();
        }
        if (knownType != null && !knownType.equals(factory.type())) {
            return Optional.of("its front end knows it as a device of type " + knownType + ", not " + factory.type());
        }
        if (latitude != StartRequest.Latitude.SAME_OFFER) {
            return known.objection(fresh, factory).map(text -> text + ", and a front end is connected");
        }
        return fresh.offer().covers(known.offer())
                ? Optional.empty()
                : Optional.of("the guest would see another device than the one it found; "
                        + "restart it when no front end is connected");
    }

    /**
     * From now on this is what a guest finds.
     *
     * @return whether the configuration space is another than one that was found before
     */
    boolean show(Appearance fresh) {
        boolean changed = shown != null && !shown.config().equals(fresh.config());
        shown = fresh;
        return changed;
    }

    /** The device serves as the type that is wanted now. */
    void serves() {
        knownType = null;
    }
}
