package dev.troupe.devices.scsi;

/** Why a command did not end well, or what a guest has to know first: sense key and additional sense code (SPC-4, 4.5). */
enum Sense {
    NO_SENSE(0x0, 0x00, 0x00),
    MEDIUM_NOT_PRESENT(0x2, 0x3a, 0x00),
    STOPPED(0x2, 0x04, 0x02),
    WRITE_ERROR(0x3, 0x0c, 0x00),
    UNRECOVERED_READ_ERROR(0x3, 0x11, 0x00),
    PARAMETER_LIST_LENGTH_ERROR(0x5, 0x1a, 0x00),
    INVALID_COMMAND_OPERATION_CODE(0x5, 0x20, 0x00),
    LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE(0x5, 0x21, 0x00),
    INVALID_FIELD_IN_CDB(0x5, 0x24, 0x00),
    LOGICAL_UNIT_NOT_SUPPORTED(0x5, 0x25, 0x00),
    INVALID_FIELD_IN_PARAMETER_LIST(0x5, 0x26, 0x00),
    INVALID_RELEASE_OF_PERSISTENT_RESERVATION(0x5, 0x26, 0x04),
    SAVING_PARAMETERS_NOT_SUPPORTED(0x5, 0x39, 0x00),
    MEDIUM_REMOVAL_PREVENTED(0x5, 0x53, 0x02),
    INSUFFICIENT_REGISTRATION_RESOURCES(0x5, 0x55, 0x04),
    NOT_READY_TO_READY_CHANGE(0x6, 0x28, 0x00),
    POWER_ON_OR_RESET_OCCURRED(0x6, 0x29, 0x00),
    BUS_DEVICE_RESET_FUNCTION_OCCURRED(0x6, 0x29, 0x03),
    I_T_NEXUS_LOSS_OCCURRED(0x6, 0x29, 0x07),
    MODE_PARAMETERS_CHANGED(0x6, 0x2a, 0x01),
    RESERVATIONS_PREEMPTED(0x6, 0x2a, 0x03),
    RESERVATIONS_RELEASED(0x6, 0x2a, 0x04),
    REGISTRATIONS_PREEMPTED(0x6, 0x2a, 0x05),
    CAPACITY_DATA_HAS_CHANGED(0x6, 0x2a, 0x09),
    COMMANDS_CLEARED_BY_ANOTHER_INITIATOR(0x6, 0x2f, 0x00),
    REPORTED_LUNS_DATA_HAS_CHANGED(0x6, 0x3f, 0x0e),
    OPERATOR_MEDIUM_REMOVAL_REQUEST(0x6, 0x5a, 0x01),
    WRITE_PROTECTED(0x7, 0x27, 0x00),
    SPACE_ALLOCATION_FAILED_WRITE_PROTECT(0x7, 0x27, 0x07),
    MISCOMPARE_DURING_VERIFY_OPERATION(0xe, 0x1d, 0x00);

    static final int FIXED_FORMAT = 0x70;
    private static final int DESCRIPTOR_FORMAT = 0x72;
    private static final int FIXED_BYTES = 18;
    private static final int DESCRIPTOR_BYTES = 8;

    static final int UNIT_ATTENTION = 0x6;

    private final int key;
    private final int asc;
    private final int ascq;

    Sense(int key, int asc, int ascq) {
        this.key = key;
        this.asc = asc;
        this.ascq = ascq;
    }

    /** The sense data, in one of its two formats. */
    byte[] data(boolean descriptorFormat) {
        byte[] data = new byte[bytes(descriptorFormat)];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) at(i, descriptorFormat);
        }
        return data;
    }

    /** How long the sense data is. */
    static int bytes(boolean descriptorFormat) {
        return descriptorFormat ? DESCRIPTOR_BYTES : FIXED_BYTES;
    }

    /** One byte of the sense data. */
    int at(int offset, boolean descriptorFormat) {
        return descriptorFormat ? descriptorAt(offset) : fixedAt(offset);
    }

    private int fixedAt(int offset) {
        return switch (offset) {
            case 0 -> FIXED_FORMAT;
            case 2 -> key;
            case 7 -> FIXED_BYTES - 8;
            case 12 -> asc;
            case 13 -> ascq;
            default -> 0;
        };
    }

    private int descriptorAt(int offset) {
        return switch (offset) {
            case 0 -> DESCRIPTOR_FORMAT;
            case 1 -> key;
            case 2 -> asc;
            case 3 -> ascq;
            default -> 0;
        };
    }

    boolean isUnitAttention() {
        return key == UNIT_ATTENTION;
    }

    /** The additional code with its qualifier above it, as an event of a changed parameter has it, virtio section 5.6.6.3. */
    int changeReason() {
        return asc | ascq << 8;
    }
}
