package dev.troupe.actors.device;

import java.io.IOException;
import java.nio.channels.ByteChannel;

/** What a device and an operator say to each other, byte by byte, once {@link VirtioDevice#converse} has agreed to it. */
@FunctionalInterface
public interface Conversation {

    /**
     * Talks until one side has had enough. Called once, on a virtual thread of its own, which it may block; the device's
     * event loop must be reached through {@link DeviceContext#loop}. When the operator goes away, or the device closes, reads
     * and writes fail, and the thread is interrupted besides, for it may wait for something else.
     *
     * @param operator the other side, closed by the caller afterwards. A read gives -1 when the operator has nothing more
     *     to say, who may listen on
     * @throws IOException if the operator has gone away
     * @throws DeviceException if it failed, with a sentence that tells the operator why; what was said before has reached him
     */
    void run(ByteChannel operator) throws IOException, DeviceException;
}
