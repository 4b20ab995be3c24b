package dev.troupe.runtime.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.troupe.actors.daemon.Removal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The one place that knows how requests and replies look as JSON. A request is {@code {"command":"restart",
 * "device":"disk0"}}, a reply {@code {"ok":true,…}} or {@code {"ok":false,"error":"…"}}; each is one line. Any thread
 * may use it.
 */
public final class ControlCodec {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ControlCodec() {}

    /** A request as one line of JSON, without the line's end. */
    public static String encode(ControlRequest request) {
        ObjectNode json = MAPPER.createObjectNode();
        switch (request) {
            case ControlRequest.Status _ -> json.put("command", "status");
            case ControlRequest.Shutdown _ -> json.put("command", "shutdown");
            case ControlRequest.Reload reload ->
                json.put("command", "reload").put("dryRun", reload.dryRun()).put("force", reload.force());
            case ControlRequest.Add add -> {
                json.put("command", "add").put("device", add.name()).put("folder", add.folder());
                ObjectNode settings = json.putObject("settings");
                add.settings().forEach(settings::put);
            }
            case ControlRequest.AddFile add -> json.put("command", "add").put("file", add.file());
            case ControlRequest.Remove remove ->
                json.put("command", "remove").put("device", remove.device()).put("how", StatusJson.word(remove.how()));
            case ControlRequest.Save save -> {
                json.put("command", "save");
                save.to().ifPresent(to -> json.put("to", to));
            }
            case ControlRequest.Start start -> json.put("command", "start").put("device", start.device());
            case ControlRequest.Stop stop -> json.put("command", "stop").put("device", stop.device());
            case ControlRequest.Restart restart ->
                json.put("command", "restart").put("device", restart.device());
            case ControlRequest.Upgrade upgrade -> {
                json.put("command", "upgrade");
                upgrade.program().ifPresent(program -> json.put("program", program));
            }
            case ControlRequest.Command command ->
                encodeVerb(json, "command", command.device(), command.verb(), command.arguments());
            case ControlRequest.Converse converse ->
                encodeVerb(json, "converse", converse.device(), converse.verb(), converse.arguments());
        }
        return json.toString();
    }

    private static void encodeVerb(
            ObjectNode json, String command, String device, String verb, List<String> arguments) {
        json.put("command", command).put("device", device).put("verb", verb);
        arguments.forEach(json.putArray("arguments")::add);
    }

    /**
     * Reads a request.
     *
     * @throws IllegalArgumentException if it is none, with a sentence that says why
     */
    public static ControlRequest decodeRequest(String line) {
        JsonNode json = parse(line);
        String command = text(json, "command");
        return switch (command) {
            case "status" -> new ControlRequest.Status();
            case "shutdown" -> new ControlRequest.Shutdown();
            case "reload" -> new ControlRequest.Reload(flag(json, "dryRun"), flag(json, "force"));
            case "add" -> json.has("file") ? new ControlRequest.AddFile(text(json, "file")) : decodeAdd(json);
            case "remove" ->
                new ControlRequest.Remove(
                        text(json, "device"),
                        json.has("how")
                                ? StatusJson.ofWord(Removal.class, text(json, "how"))
                                : Removal.IF_DISCONNECTED);
            case "save" -> new ControlRequest.Save(json.has("to") ? Optional.of(text(json, "to")) : Optional.empty());
            case "start" -> new ControlRequest.Start(text(json, "device"));
            case "stop" -> new ControlRequest.Stop(text(json, "device"));
            case "restart" -> new ControlRequest.Restart(text(json, "device"));
            case "upgrade" ->
                new ControlRequest.Upgrade(json.has("program") ? Optional.of(text(json, "program")) : Optional.empty());
            case "command" ->
                new ControlRequest.Command(text(json, "device"), text(json, "verb"), texts(json, "arguments"));
            case "converse" ->
                new ControlRequest.Converse(text(json, "device"), text(json, "verb"), texts(json, "arguments"));
            default -> throw new IllegalArgumentException("There is no command '" + command + "'.");
        };
    }

    private static ControlRequest decodeAdd(JsonNode json) {
        Map<String, String> settings = new LinkedHashMap<>();
        json.path("settings").fieldNames().forEachRemaining(key -> settings.put(key, text(json.path("settings"), key)));
        return new ControlRequest.Add(text(json, "device"), settings, text(json, "folder"));
    }

    private static boolean flag(JsonNode json, String key) {
        JsonNode value = json.path(key);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw new IllegalArgumentException("The key '" + key + "' is neither true nor false.");
        }
        return value.booleanValue();
    }

    /** A reply as one line of JSON, without the line's end. */
    public static String encode(ControlReply reply) {
        ObjectNode json = MAPPER.createObjectNode();
        switch (reply) {
            case ControlReply.Done done -> json.put("ok", true).put("text", done.text());
            case ControlReply.Agreed _ -> json.put("ok", true).put("text", "");
            case ControlReply.Failed failed -> {
                json.put("ok", false).put("error", failed.error());
                if (failed.configuration()) {
                    json.put("configuration", true);
                }
            }
            case ControlReply.Status status -> json.put("ok", true).set("status", StatusJson.encode(status));
        }
        return json.toString();
    }

    /**
     * Reads a reply.
     *
     * @throws IllegalArgumentException if it is none, with a sentence that says why
     */
    public static ControlReply decodeReply(String line) {
        JsonNode json = parse(line);
        JsonNode ok = json.path("ok");
        if (!ok.isBoolean()) {
            throw new IllegalArgumentException("The reply has no 'ok'.");
        }
        if (!ok.booleanValue()) {
            return new ControlReply.Failed(text(json, "error"), flag(json, "configuration"));
        }
        JsonNode status = json.path("status");
        return status.isMissingNode() ? new ControlReply.Done(text(json, "text")) : StatusJson.decode(status);
    }

    private static JsonNode parse(String line) {
        try {
            JsonNode json = MAPPER.readTree(line);
            if (json.isObject()) {
                return json;
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("This is not JSON: " + e.getOriginalMessage(), e);
        }
        throw new IllegalArgumentException("This is not a JSON object.");
    }

    static String text(JsonNode json, String key) {
        JsonNode value = json.path(key);
        if (!value.isTextual()) {
            throw new IllegalArgumentException("The key '" + key + "' is missing or not a text.");
        }
        return value.textValue();
    }

    static long number(JsonNode json, String key) {
        JsonNode value = json.path(key);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new IllegalArgumentException("The key '" + key + "' is missing or not a number.");
        }
        return value.longValue();
    }

    static List<String> texts(JsonNode json, String key) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : json.path(key)) {
            if (!element.isTextual()) {
                throw new IllegalArgumentException("The key '" + key + "' must be a list of texts.");
            }
            texts.add(element.textValue());
        }
        return texts;
    }
}
