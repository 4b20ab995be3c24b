package dev.troupe.devices.scsi;

/** Answers for addresses where no logical unit is (SAM-5 4.7.2, SPC-4 6.6 and 6.37). */
final class AbsentUnit {
    /** Peripheral qualifier 011b and device type 1Fh: not capable of having a unit here. */
    private static final byte NO_UNIT = 0x7f;

    private AbsentUnit() {}

    static void execute(ScsiTask task) {
        int address = task.address();
        boolean wellKnown = address == LunAddress.REPORT_LUNS;
        if (!wellKnown
                && (address == LunAddress.NO_TARGET
                        || !task.queue().device().units().hasTarget(LunAddress.target(address)))) {
            task.answer(ScsiWire.VIRTIO_SCSI_S_BAD_TARGET, ScsiTask.GOOD, null, 0);
            return;
        }
        Operation operation = Operation.of(task.cdb(), false);
        if (operation == Operation.REPORT_LUNS) {
            PrimaryCommands.reportLuns(task);
        } else if (operation == Operation.INQUIRY) {
            Inquiry.answerFor(task, NO_UNIT);
        } else if (operation == Operation.REQUEST_SENSE) {
            PrimaryCommands.replySense(task, Sense.LOGICAL_UNIT_NOT_SUPPORTED);
        } else {
            task.fail(Sense.LOGICAL_UNIT_NOT_SUPPORTED);
        }
    }
}
