package dev.troupe.transport.protocol;

/** When a request is answered. */
public enum ReplyKind {
    /** Only if the header has need_reply and REPLY_ACK was negotiated: a u64, 0 for success. */
    ACK,
    /** Always, with a payload of its own. */
    VALUE,
    /** Always, with a u64 that says whether it worked, 0 for success. */
    STATUS
}
