package dev.troupe.devices.scsi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/** PERSISTENT RESERVE IN and OUT (SPC-4, 6.15 and 6.16). */
final class ReservationCommands {
    private static final int READ_KEYS = 0;
    private static final int READ_RESERVATION = 1;
    private static final int REPORT_CAPABILITIES = 2;
    private static final int READ_FULL_STATUS = 3;

    private static final int HEADER_BYTES = 8;
    private static final int RESERVATION_BYTES = 16;
    private static final int CAPABILITIES_BYTES = 8;
    private static final int STATUS_BYTES = 24;
    private static final int TRANSPORT_ID_BYTES = 24;

    /** TMV: the type mask is valid. */
    private static final byte TYPE_MASK_VALID = (byte) 0x80;

    /** All six types. */
    private static final short TYPE_MASK = (short) 0xea01;

    private static final byte R_HOLDER = 1;

    /** A transport identifier of SAS: virtio has none of its own, and initiators read this one (SPC-4 7.6.4.6). */
    private static final byte SAS = 6;

    private static final int PARAMETER_LIST_BYTES = 24;
    private static final int FLAGS_OFFSET = 20;

    private ReservationCommands() {}

    static void in(ScsiTask task) {
        Reservations reservations = task.unit().state().reservations();
        ByteBuffer data = switch (task.cdb().serviceAction()) {
            case READ_KEYS -> keys(reservations);
            case READ_RESERVATION -> reservation(reservations);
            case REPORT_CAPABILITIES ->
                ByteBuffer.allocate(CAPABILITIES_BYTES)
                        .putShort(0, (short) CAPABILITIES_BYTES)
                        .put(3, TYPE_MASK_VALID)
                        .putShort(4, TYPE_MASK);
            case READ_FULL_STATUS -> fullStatus(reservations);
            default -> ByteBuffer.allocate(0);
        };
        if (data.capacity() == 0) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
        } else {
            task.reply(data.array(), task.cdb().u16(7));
        }
    }

    private static ByteBuffer headed(Reservations reservations, int bytes) {
        return ByteBuffer.allocate(HEADER_BYTES + bytes)
                .putInt(reservations.generation())
                .putInt(bytes);
    }

    private static ByteBuffer keys(Reservations reservations) {
        List<Reservations.Registration> all = reservations.registrations();
        ByteBuffer data = headed(reservations, all.size() * Long.BYTES);
        all.forEach(registration -> data.putLong(registration.key()));
        return data;
    }

    private static ByteBuffer reservation(Reservations reservations) {
        if (!reservations.isReserved()) {
            return headed(reservations, 0);
        }
        return headed(reservations, RESERVATION_BYTES)
                .putLong(reservations.holderKey())
                .put(21, (byte) reservations.type());
    }

    private static ByteBuffer fullStatus(Reservations reservations) {
        List<Reservations.Registration> all = reservations.registrations();
        ByteBuffer data = headed(reservations, all.size() * (STATUS_BYTES + TRANSPORT_ID_BYTES));
        for (Reservations.Registration registration : all) {
            int at = data.position();
            boolean holds = reservations.isHeldBy(registration.initiator());
            data.putLong(at, registration.key())
                    .put(at + 12, holds ? R_HOLDER : 0)
                    .put(at + 13, holds ? (byte) reservations.type() : 0)
                    .putShort(at + 18, (short) Inquiry.TARGET_PORT)
                    .putInt(at + 20, TRANSPORT_ID_BYTES)
                    .put(at + 24, SAS)
                    .putLong(at + 28, Identity.naa(registration.initiator()));
            data.position(at + STATUS_BYTES + TRANSPORT_ID_BYTES);
        }
        return data;
    }

    static void out(ScsiTask task) {
        if (task.cdb().u32(5) != PARAMETER_LIST_BYTES) {
            task.fail(Sense.PARAMETER_LIST_LENGTH_ERROR);
            return;
        }
        if (!task.hasDataOut(PARAMETER_LIST_BYTES)) {
            return;
        }
        byte[] list = task.parameters(PARAMETER_LIST_BYTES);
        ByteBuffer parameters = ByteBuffer.wrap(list);
        if (parameters.get(FLAGS_OFFSET) != 0) {
            // Neither SPEC_I_PT nor ALL_TG_PT nor APTPL, as the capabilities say.
            task.fail(Sense.INVALID_FIELD_IN_PARAMETER_LIST);
            return;
        }
        long order = order(task, list);
        LogicalUnit unit = task.unit();
        if (task.isRepeated() && unit.state().lastOrder() == order) {
            // It was carried out, and then the answer was lost: a second time it would be a conflict.
            task.good(PARAMETER_LIST_BYTES);
            return;
        }
        int serviceAction = task.cdb().serviceAction();
        ReserveOut.Result result =
                unit.reserve(task.nexus(), serviceAction, task.cdb().u8(2), parameters, order);
        Sense refusal = result.refusal();
        if (refusal != null) {
            task.fail(refusal);
        } else if (result.conflict()) {
            task.conflict();
        } else if (serviceAction == ReserveOut.PREEMPT_AND_ABORT) {
            abortPreempted(task, result);
        } else {
            task.good(PARAMETER_LIST_BYTES);
        }
    }

    /** Answers when the tasks of those who were preempted have ended. */
    private static void abortPreempted(ScsiTask task, ReserveOut.Result result) {
        ScsiRequestQueue queue = task.queue();
        task.waitForOthers();
        task.unit()
                .abortTasksOf(
                        result.notices().stream()
                                .map(ReserveOut.Notice::initiator)
                                .toList(),
                        () -> queue.later(() -> task.good(PARAMETER_LIST_BYTES)));
    }

    private static long order(ScsiTask task, byte[] parameters) {
        CRC32 crc = new CRC32();
        crc.update(task.nexus().initiator().getBytes(StandardCharsets.UTF_8));
        crc.update(parameters);
        return crc.getValue() << 32 ^ task.tag() * 31 ^ task.cdb().digest();
    }
}
