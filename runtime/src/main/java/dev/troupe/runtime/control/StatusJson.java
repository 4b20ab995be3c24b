package dev.troupe.runtime.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.QueueStatus;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.daemon.RestartNote;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The state of a daemon as JSON: the wire's form and what {@code troupe status --json} prints. Any thread may use it. */
public final class StatusJson {

    private StatusJson() {}

    /** The state as a JSON object. Times are ISO 8601 in UTC, states lower case. */
    public static ObjectNode encode(ControlReply.Status reply) {
        DaemonStatus status = reply.status();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("upgrades", reply.lineage().upgrades());
        json.put("recoveries", reply.lineage().recoveries());
        reply.lineage().last().ifPresent(last -> json.put("lastTakeover", last));
        json.put("startedAt", status.startedAt().toString());
        status.eventLoops().forEach(json.putArray("eventLoops")::add);
        ArrayNode devices = json.putArray("devices");
        status.devices().forEach(device -> devices.add(encode(device)));
        return json;
    }

    private static ObjectNode encode(DeviceStatus device) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", device.name());
        json.put("type", device.type());
        json.put("state", word(device.state()));
        json.put("since", device.since().toString());
        device.stateReason().ifPresent(reason -> json.put("stateReason", reason));
        json.put("endpoint", device.endpoint());
        device.connection().ifPresent(connection -> json.put("connection", connection));
        ArrayNode queues = json.putArray("queues");
        device.queues().forEach(queue -> queues.add(encode(queue)));
        json.put("restarts", device.restarts());
        json.put("violations", device.violations());
        device.lastProblem().ifPresent(problem -> json.put("lastProblem", problem));
        ArrayNode restarts = json.putArray("lastRestarts");
        device.lastRestarts()
                .forEach(note -> restarts.addObject()
                        .put("at", note.at().toString())
                        .put("cause", word(note.cause()))
                        .put("reason", note.reason())
                        .put("stallMs", note.stallMs()));
        return json;
    }

    private static ObjectNode encode(QueueStatus queue) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("index", queue.index());
        json.put("state", queue.state());
        json.put("size", queue.size());
        json.put("layout", queue.layout());
        json.put("requests", queue.requests());
        json.put("readBytes", queue.readBytes());
        json.put("writtenBytes", queue.writtenBytes());
        json.put("errors", queue.errors());
        json.put("outstanding", queue.outstanding());
        json.put("restarts", queue.restarts());
        return json;
    }

    /** How a state or a cause is shown, for example {@code "backing-off"}. */
    public static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static <E extends Enum<E>> E ofWord(Class<E> type, String word) {
        return Enum.valueOf(type, word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    static ControlReply.Status decode(JsonNode json) {
        List<DeviceStatus> devices = new ArrayList<>();
        json.path("devices").forEach(device -> devices.add(decodeDevice(device)));
        return new ControlReply.Status(
                new DaemonStatus(instant(json, "startedAt"), ControlCodec.texts(json, "eventLoops"), devices),
                new Lineage(
                        json.path("upgrades").asInt(),
                        json.path("recoveries").asInt(),
                        optional(json, "lastTakeover")));
    }

    private static DeviceStatus decodeDevice(JsonNode json) {
        List<QueueStatus> queues = new ArrayList<>();
        json.path("queues").forEach(queue -> queues.add(decodeQueue(queue)));
        List<RestartNote> restarts = new ArrayList<>();
        json.path("lastRestarts").forEach(note -> restarts.add(decodeNote(note)));
        return new DeviceStatus(
                ControlCodec.text(json, "name"),
                ControlCodec.text(json, "type"),
                ofWord(DeviceState.class, ControlCodec.text(json, "state")),
                instant(json, "since"),
                optional(json, "stateReason"),
                ControlCodec.text(json, "endpoint"),
                optional(json, "connection"),
                queues,
                integer(json, "restarts"),
                ControlCodec.number(json, "violations"),
                optional(json, "lastProblem"),
                restarts);
    }

    private static RestartNote decodeNote(JsonNode json) {
        return new RestartNote(
                instant(json, "at"),
                ofWord(RestartCause.class, ControlCodec.text(json, "cause")),
                ControlCodec.text(json, "reason"),
                ControlCodec.number(json, "stallMs"));
    }

    private static QueueStatus decodeQueue(JsonNode json) {
        return new QueueStatus(
                integer(json, "index"),
                ControlCodec.text(json, "state"),
                integer(json, "size"),
                ControlCodec.text(json, "layout"),
                ControlCodec.number(json, "requests"),
                ControlCodec.number(json, "readBytes"),
                ControlCodec.number(json, "writtenBytes"),
                ControlCodec.number(json, "errors"),
                integer(json, "outstanding"),
                integer(json, "restarts"));
    }

    private static int integer(JsonNode json, String key) {
        return Math.clamp(ControlCodec.number(json, key), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static Optional<String> optional(JsonNode json, String key) {
        return json.has(key) ? Optional.of(ControlCodec.text(json, key)) : Optional.empty();
    }

    private static Instant instant(JsonNode json, String key) {
        try {
            return Instant.parse(ControlCodec.text(json, key));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("The key '" + key + "' is not a time.", e);
        }
    }
}
