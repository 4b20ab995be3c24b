package dev.troupe.devices.scsi;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.FeatureName;
import java.util.Arrays;
import java.util.List;

/**
 * The SCSI host device's structures, virtio section 5.6; numbers are little-endian.
 *
 * <pre>
 *  command request (readable)       response (writable)             event (writable)
 *    0  u8  lun[8]                    0  u32 sense_len                0  u32 event
 *    8  u64 id                        4  u32 residual                 4  u8  lun[8]
 *   16  u8  task_attr                 8  u16 status_qualifier        12  u32 reason
 *   17  u8  prio                     10  u8  status
 *   18  u8  crn                      11  u8  response
 *   19  u8  cdb[cdb_size]            12  u8  sense[sense_size]
 *       u8  data-out[]                   u8  data-in[]
 *
 *  task management (readable)       asynchronous notification (readable, then writable)
 *    0  u32 type                      0  u32 type
 *    4  u32 subtype                   4  u8  lun[8]
 *    8  u8  lun[8]                   12  u32 event_requested
 *   16  u64 id                        0  u32 event_actual
 *    0  u8  response (writable)       4  u8  response
 * </pre>
 */
final class ScsiWire {
    static final int VIRTIO_ID = 8;

    static final int CONTROLQ = 0;
    static final int EVENTQ = 1;

    /** The first request queue. */
    static final int REQUESTQ = 2;

    static final long VIRTIO_SCSI_F_HOTPLUG = 1 << 1;
    static final long VIRTIO_SCSI_F_CHANGE = 1 << 2;

    static final int CONFIG_SIZE = 36;
    static final int NUM_QUEUES_OFFSET = 0;
    static final int SEG_MAX_OFFSET = 4;
    static final int MAX_SECTORS_OFFSET = 8;
    static final int CMD_PER_LUN_OFFSET = 12;
    static final int EVENT_INFO_SIZE_OFFSET = 16;
    static final int SENSE_SIZE_OFFSET = 20;
    static final int CDB_SIZE_OFFSET = 24;
    static final int MAX_CHANNEL_OFFSET = 28;
    static final int MAX_TARGET_OFFSET = 30;
    static final int MAX_LUN_OFFSET = 32;

    static final int DEFAULT_SENSE_SIZE = 96;
    static final int DEFAULT_CDB_SIZE = 32;

    /** No sense data is longer (SPC-4, 4.5.1). */
    static final int MAX_SENSE_SIZE = 252;

    /** No CDB is longer (SPC-4, 4.2.1). */
    static final int MAX_CDB_SIZE = 260;

    /** The bytes of a command request before its CDB. */
    static final int REQUEST_BEFORE_CDB = 19;

    /** The bytes of a response before its sense data. */
    static final int RESPONSE_BEFORE_SENSE = 12;

    static final int EVENT_SIZE = 16;

    static final int VIRTIO_SCSI_S_OK = 0;
    static final int VIRTIO_SCSI_S_OVERRUN = 1;
    static final int VIRTIO_SCSI_S_ABORTED = 2;
    static final int VIRTIO_SCSI_S_BAD_TARGET = 3;
    static final int VIRTIO_SCSI_S_RESET = 4;
    static final int VIRTIO_SCSI_S_FAILURE = 9;
    static final int VIRTIO_SCSI_S_FUNCTION_SUCCEEDED = 10;
    static final int VIRTIO_SCSI_S_FUNCTION_REJECTED = 11;
    static final int VIRTIO_SCSI_S_INCORRECT_LUN = 12;

    static final int VIRTIO_SCSI_T_TMF = 0;
    static final int VIRTIO_SCSI_T_AN_QUERY = 1;
    static final int VIRTIO_SCSI_T_AN_SUBSCRIBE = 2;

    static final int TMF_ABORT_TASK = 0;
    static final int TMF_ABORT_TASK_SET = 1;
    static final int TMF_CLEAR_TASK_SET = 3;
    static final int TMF_I_T_NEXUS_RESET = 4;
    static final int TMF_LOGICAL_UNIT_RESET = 5;
    static final int TMF_QUERY_TASK = 6;
    static final int TMF_QUERY_TASK_SET = 7;

    /** The bytes of a task management request after its type. */
    static final int TMF_AFTER_TYPE = 20;

    /** The bytes of an asynchronous notification request after its type. */
    static final int AN_AFTER_TYPE = 12;

    static final int AN_RESPONSE_SIZE = 5;

    static final int VIRTIO_SCSI_T_NO_EVENT = 0;
    static final int VIRTIO_SCSI_T_TRANSPORT_RESET = 1;
    static final int VIRTIO_SCSI_T_PARAM_CHANGE = 3;
    static final int VIRTIO_SCSI_T_EVENTS_MISSED = 0x8000_0000;

    static final int VIRTIO_SCSI_EVT_RESET_RESCAN = 1;
    static final int VIRTIO_SCSI_EVT_RESET_REMOVED = 2;

    private static final List<FeatureName> FEATURE_NAMES = List.of(
            new FeatureName(0, "VIRTIO_SCSI_F_INOUT"),
            new FeatureName(1, "VIRTIO_SCSI_F_HOTPLUG"),
            new FeatureName(2, "VIRTIO_SCSI_F_CHANGE"),
            new FeatureName(3, "VIRTIO_SCSI_F_T10_PI"));

    private static final List<ConfigField> CONFIG_FIELDS = List.of(
            new ConfigField("num_queues", NUM_QUEUES_OFFSET, 4),
            new ConfigField("seg_max", SEG_MAX_OFFSET, 4),
            new ConfigField("max_sectors", MAX_SECTORS_OFFSET, 4),
            new ConfigField("cmd_per_lun", CMD_PER_LUN_OFFSET, 4),
            new ConfigField("event_info_size", EVENT_INFO_SIZE_OFFSET, 4),
            new ConfigField("sense_size", SENSE_SIZE_OFFSET, 4),
            new ConfigField("cdb_size", CDB_SIZE_OFFSET, 4),
            new ConfigField("max_channel", MAX_CHANNEL_OFFSET, 2),
            new ConfigField("max_target", MAX_TARGET_OFFSET, 2),
            new ConfigField("max_lun", MAX_LUN_OFFSET, 4));

    private ScsiWire() {}

    /** Whether two configuration spaces differ in nothing but what the driver may write. */
    static boolean isSameButForSizes(byte[] one, byte[] other) {
        byte[] same = one.clone();
        System.arraycopy(other, SENSE_SIZE_OFFSET, same, SENSE_SIZE_OFFSET, MAX_CHANNEL_OFFSET - SENSE_SIZE_OFFSET);
        return Arrays.equals(same, other);
    }

    static List<FeatureName> featureNames() {
        return FEATURE_NAMES;
    }

    static List<ConfigField> configFields() {
        return CONFIG_FIELDS;
    }
}
