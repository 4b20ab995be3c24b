package dev.troupe.actors.daemon;

import dev.troupe.actors.device.Conversation;

/** Whether a device talks with an operator. */
public sealed interface ConversationAnswer {

    /**
     * It does.
     *
     * @param conversation to be held by the asker, on a thread that may block; ends when the device closes
     */
    record Agreed(Conversation conversation) implements ConversationAnswer {}

    /**
     * It does not.
     *
     * @param reason a sentence that names the device and says why
     */
    record Refused(String reason) implements ConversationAnswer {}
}
