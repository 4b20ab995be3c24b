package dev.troupe.devices.scsi;

import org.jspecify.annotations.Nullable;

/**
 * What is the same for every command: is there such a unit, has its guest to be told something first, is there such a
 * command, does a reservation forbid it. Then the command is carried out.
 */
final class Commands {
    private Commands() {}

    static void execute(ScsiTask task) {
        Nexus nexus = task.addressed();
        if (nexus == null) {
            AbsentUnit.execute(task);
            return;
        }
        Cdb cdb = task.cdb();
        boolean cdRom = nexus.unit().settings().cdRom();
        Operation operation = Operation.of(cdb, cdRom);
        Sense attention = waitsForAttention(operation) ? nexus.takeAttention() : null;
        if (attention != null) {
            task.fail(attention);
        } else if (operation == null) {
            // A known code with an unknown service action is a bad field.
            task.fail(
                    Operation.of(cdb.opcode(), cdRom) == null
                            ? Sense.INVALID_COMMAND_OPERATION_CODE
                            : Sense.INVALID_FIELD_IN_CDB);
        } else if (!operation.accepts(cdb)) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
        } else if (nexus.unit().state().reservations().forbid(nexus.initiator(), operation.access(cdb))) {
            task.conflict();
        } else {
            execute(operation, task);
        }
    }

    /** Commands that are carried out though a unit attention is pending (SPC-4 5.14, MMC-6 4.1.6). */
    private static boolean waitsForAttention(@Nullable Operation operation) {
        return operation != Operation.INQUIRY
                && operation != Operation.REPORT_LUNS
                && operation != Operation.REQUEST_SENSE
                && operation != Operation.GET_EVENT_STATUS_NOTIFICATION
                && operation != Operation.GET_CONFIGURATION;
    }

    private static void execute(Operation operation, ScsiTask task) {
        switch (operation) {
            case READ_6, READ_10, READ_12, READ_16 -> BlockCommands.read(task);
            case WRITE_6, WRITE_10, WRITE_12, WRITE_16 -> BlockCommands.write(task);
            case SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16 -> BlockCommands.synchronizeCache(task);
            case VERIFY_10, VERIFY_12, VERIFY_16 -> BlockCommands.verify(task);
            case READ_CAPACITY_10 -> BlockCommands.readCapacity10(task);
            case READ_CAPACITY_16 -> BlockCommands.readCapacity16(task);
            case GET_LBA_STATUS -> ProvisioningCommands.getLbaStatus(task);
            case UNMAP -> ProvisioningCommands.unmap(task);
            case WRITE_SAME_10, WRITE_SAME_16 -> ProvisioningCommands.writeSame(task);
            case TEST_UNIT_READY -> PrimaryCommands.testUnitReady(task);
            case REQUEST_SENSE -> PrimaryCommands.requestSense(task);
            case INQUIRY -> Inquiry.execute(task);
            case REPORT_LUNS -> PrimaryCommands.reportLuns(task);
            case LOG_SENSE -> PrimaryCommands.logSense(task);
            case START_STOP_UNIT -> PrimaryCommands.startStopUnit(task);
            case PREVENT_ALLOW_MEDIUM_REMOVAL -> PrimaryCommands.preventAllowMediumRemoval(task);
            case REPORT_SUPPORTED_OPERATION_CODES -> SupportedOperations.report(task);
            case MODE_SENSE_6, MODE_SENSE_10 -> ModeCommands.sense(task);
            case MODE_SELECT_6, MODE_SELECT_10 -> ModeCommands.select(task);
            case PERSISTENT_RESERVE_IN -> ReservationCommands.in(task);
            case PERSISTENT_RESERVE_OUT -> ReservationCommands.out(task);
            case READ_TOC -> CdCommands.readToc(task);
            case GET_CONFIGURATION -> CdCommands.getConfiguration(task);
            case GET_EVENT_STATUS_NOTIFICATION -> CdCommands.getEventStatusNotification(task);
            case READ_DISC_INFORMATION -> CdCommands.readDiscInformation(task);
            case READ_DISC_STRUCTURE -> CdCommands.readDiscStructure(task);
            case MECHANISM_STATUS -> CdCommands.mechanismStatus(task);
        }
    }
}
