package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.ManualScope;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.Rig;
import dev.troupe.devices.testing.TestSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/** A SCSI host with drivers of its three kinds of queue, on a loop under the test's hand. */
final class ScsiRig implements AutoCloseable {
    private static final int TMF_RESPONSE = 1;

    private final ManualLoop loop;
    private final ScsiDevice device;
    private final RequestQueueOnly first;
    private final Rig requests;
    private final Rig control;
    private final Rig events;
    private long tag = 100;

    private ScsiRig(ManualLoop loop, ScsiDevice device) {
        this.loop = loop;
        this.device = device;
        this.first = RequestQueueOnly.of(device);
        this.requests = Rig.split(loop, first);
        this.control = Rig.split(loop, RequestQueueOnly.of(device, ScsiWire.CONTROLQ));
        this.events = Rig.split(loop, RequestQueueOnly.of(device, ScsiWire.EVENTQ));
    }

    /** Opens a host with these units; its guest has not been told anything yet. */
    static ScsiRig fresh(ManualLoop loop, DeviceContext context, Map<String, ?> luns) throws DeviceException {
        ScsiFactory factory = new ScsiFactory();
        return new ScsiRig(loop, (ScsiDevice) factory.open(TestSettings.of(factory, Map.of("luns", luns)), context));
    }

    /** Opens a host with these units whose guest has nothing more to be told. */
    static ScsiRig of(ManualLoop loop, DeviceContext context, Map<String, ?> luns) throws DeviceException {
        ScsiRig rig = fresh(loop, context, luns);
        rig.device.units().all().forEach(Nexus::takeAttention);
        return rig;
    }

    ScsiDevice device() {
        return device;
    }

    Rig requests() {
        return requests;
    }

    /** The file operations of the request queue. */
    ManualScope io() {
        return requests.bench().manual();
    }

    /** A command for target 0, LUN 0. */
    Answer command(String cdb, int dataInBytes, byte... dataOut) {
        return command(0, 0, cdb, dataInBytes, dataOut);
    }

    Answer command(int target, int lun, String cdb, int dataInBytes, byte... dataOut) {
        return command(ScsiRequests.address(target, lun), cdb, dataInBytes, dataOut);
    }

    Answer command(byte[] address, String cdb, int dataInBytes, byte... dataOut) {
        return requests.request(
                ScsiRequests.command(address, tag++, cdb, dataOut), ScsiRequests.RESPONSE + dataInBytes);
    }

    /** Begins a command for target 0, LUN 0 without waiting for the host; returns what names it. */
    long begin(long taskTag, String cdb, int dataInBytes, byte... dataOut) {
        long token = requests.driver()
                .submit(ScsiRequests.command(0, 0, taskTag, cdb, dataOut), ScsiRequests.RESPONSE + dataInBytes, 1);
        requests.turn();
        return token;
    }

    /** The request queue fails when it has done the next command and is about to answer it. */
    void loseNextAnswer() {
        first.losesNextAnswer().set(true);
    }

    /** Makes a task management request and lets the loop run until nothing more happens; returns what names it. */
    long manage(int function, int target, int lun, long taskTag) {
        long token = control.driver().submit(ScsiRequests.taskManagement(function, target, lun, taskTag), 1, 1);
        control.turn();
        return token;
    }

    /** Makes a task management request; returns its response. */
    int manageAndWait(int function, int target, int lun, long taskTag) {
        long token = manage(function, target, lun, taskTag);
        settle();
        return control.driver().answer(token).bytes()[TMF_RESPONSE - 1];
    }

    boolean isManaged(long token) {
        return control.driver().isAnswered(token);
    }

    int managed(long token) {
        return control.driver().answer(token).bytes()[0];
    }

    /** Any request on the control queue. */
    Answer control(byte[] request, int writableBytes) {
        return control.request(request, writableBytes);
    }

    /** Gives the device a buffer for an event; returns what names it. */
    long offerEvent(int bytes) {
        return events.driver().submit(new byte[0], bytes, 1);
    }

    boolean hasEvent(long token) {
        settle();
        return events.driver().isAnswered(token);
    }

    /** An event: what happened, the address, and the reason. */
    String event(long token) {
        settle();
        ByteBuffer bytes =
                ByteBuffer.wrap(events.driver().answer(token).bytes()).order(ByteOrder.LITTLE_ENDIAN);
        return "%x %d:%d %x"
                .formatted(
                        bytes.getInt(0),
                        bytes.get(5),
                        LunAddress.lun(LunAddress.decode(bytes.getLong(4))),
                        bytes.getInt(12));
    }

    String operator(String verb, String... arguments) throws DeviceException {
        String answer = device.command(verb, List.of(arguments));
        settle();
        return answer;
    }

    /** Lets everything happen that is due. */
    void settle() {
        requests.settle();
        control.settle();
        events.settle();
        requests.settle();
        control.settle();
    }

    @Override
    public void close() {
        settle();
        control.close();
        events.close();
        requests.close();
        loop.settle();
    }
}
