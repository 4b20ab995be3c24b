package dev.troupe.devices.scsi;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** REPORT SUPPORTED OPERATION CODES (SPC-4, 6.35), out of {@link Operation}. */
final class SupportedOperations {
    private static final int ALL = 0;
    private static final int BY_CODE = 1;
    private static final int BY_CODE_AND_ACTION = 2;
    private static final int EITHER = 3;

    private static final int HEADER_BYTES = 4;
    private static final int DESCRIPTOR_BYTES = 8;
    private static final byte SERVACTV = 0x01;
    private static final byte NOT_SUPPORTED = 1;
    private static final byte SUPPORTED = 3;

    private SupportedOperations() {}

    static void report(ScsiTask task) {
        Cdb cdb = task.cdb();
        boolean cdRom = task.unit().settings().cdRom();
        int options = cdb.u8(2);
        if (options == ALL) {
            task.reply(all(cdRom), cdb.u32(6));
            return;
        }
        Operation found = Operation.of(cdb.u8(3), cdRom);
        boolean hasAction = found != null && found.hasServiceAction();
        if (options > EITHER || (options == BY_CODE && hasAction) || (options == BY_CODE_AND_ACTION && !hasAction)) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        task.reply(one(Operation.of(cdb.u8(3), cdb.u16(4), cdRom)), cdb.u32(6));
    }

    private static byte[] all(boolean cdRom) {
        List<Operation> supported =
                Arrays.stream(Operation.values()).filter(o -> o.isFor(cdRom)).toList();
        ByteBuffer data = ByteBuffer.allocate(HEADER_BYTES + supported.size() * DESCRIPTOR_BYTES)
                .putInt(supported.size() * DESCRIPTOR_BYTES);
        for (Operation operation : supported) {
            data.put((byte) operation.opcode())
                    .put((byte) 0)
                    .putShort((short) operation.serviceAction())
                    .put((byte) 0)
                    .put(operation.hasServiceAction() ? SERVACTV : 0)
                    .putShort((short) operation.usage().length);
        }
        return data.array();
    }

    private static byte[] one(@Nullable Operation operation) {
        if (operation == null) {
            return new byte[] {0, NOT_SUPPORTED, 0, 0};
        }
        byte[] usage = operation.usage();
        return ByteBuffer.allocate(HEADER_BYTES + usage.length)
                .put((byte) 0)
                .put(SUPPORTED)
                .putShort((short) usage.length)
                .put(usage)
                .array();
    }
}
