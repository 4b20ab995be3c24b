package dev.troupe.runtime.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.FeatureName;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.protocol.VirtioFeature;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** A {@link ProbeResult} for people and for programs. Any thread may use it. */
final class ProbeReport {

    private static final int NAME_COLUMN = 28;
    private static final int HEX_ROW_BYTES = 16;

    private final ProbeResult result;

    ProbeReport(ProbeResult result) {
        this.result = result;
    }

    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "socket", result.socket().toString());
        line(text, "device type", typeText());
        line(text, "queues", Long.toUnsignedString(result.maxQueues()));
        line(text, "memory regions", Long.toUnsignedString(result.maxMemSlots()));
        section(text, "features", result.features(), featureNames());
        section(text, "protocol features", result.protocolFeatures(), protocolFeatureNames());
        configText(text);
        return text.toString();
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("socket", result.socket().toString());
        ArrayNode types = json.putArray("types");
        result.types().forEach(type -> types.add(type.type()));
        json.put("typeGiven", result.typeGiven());
        json.put("maxQueues", result.maxQueues());
        json.put("maxMemSlots", result.maxMemSlots());
        json.put("features", hex(result.features()));
        ArrayNode names = json.putArray("featureNames");
        featureNames().forEach(names::add);
        json.put("protocolFeatures", hex(result.protocolFeatures()));
        ArrayNode protocolNames = json.putArray("protocolFeatureNames");
        protocolFeatureNames().forEach(protocolNames::add);
        json.put("config", HexFormat.of().formatHex(result.config().content().toArray()));
        ObjectNode fields = json.putObject("configFields");
        configValues().forEach(fields::put);
        return json;
    }

    private String typeText() {
        List<String> names = result.types().stream().map(DeviceFactory::type).toList();
        if (result.typeGiven()) {
            return names.getFirst();
        }
        return switch (names.size()) {
            case 0 -> "unknown; --type names one";
            case 1 -> names.getFirst() + " (concluded from features and configuration space)";
            default -> "one of " + String.join(", ", names) + "; --type names one";
        };
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(pad(name)).append(value).append('\n');
    }

    private static void section(StringBuilder text, String title, long word, List<String> names) {
        line(text, title, hex(word));
        names.forEach(name -> text.append("  ").append(name).append('\n'));
    }

    private void configText(StringBuilder text) {
        int length = result.config().content().lengthBytes();
        line(text, "configuration space", length == 0 ? "none" : length + " bytes");
        Map<String, Long> values = configValues();
        values.forEach((name, value) -> text.append("  ")
                .append(pad(name))
                .append(Long.toUnsignedString(value))
                .append('\n'));
        if (values.isEmpty()) {
            byte[] bytes = result.config().content().toArray();
            for (int at = 0; at < bytes.length; at += HEX_ROW_BYTES) {
                int end = Math.min(bytes.length, at + HEX_ROW_BYTES);
                text.append("  %02x: ".formatted(at))
                        .append(HexFormat.ofDelimiter(" ").formatHex(bytes, at, end))
                        .append('\n');
            }
        }
    }

    private Map<String, Long> configValues() {
        List<DeviceFactory> type = result.certainType();
        return type.isEmpty()
                ? Map.of()
                : result.config().values(type.getFirst().configFields());
    }

    private List<String> featureNames() {
        return bits(result.features()).mapToObj(this::featureName).toList();
    }

    private String featureName(int bit) {
        Optional<String> common = VirtioFeature.ofBit(bit).map(Enum::name);
        if (common.isPresent()) {
            return common.get();
        }
        List<String> names = new ArrayList<>();
        result.certainType().stream()
                .flatMap(type -> type.featureNames().stream())
                .filter(feature -> feature.bit() == bit)
                .map(FeatureName::name)
                .forEach(names::add);
        return names.isEmpty() ? "bit " + bit : names.getFirst();
    }

    private List<String> protocolFeatureNames() {
        return bits(result.protocolFeatures())
                .mapToObj(bit -> ProtocolFeature.ofBit(bit).map(Enum::name).orElse("bit " + bit))
                .toList();
    }

    private static IntStream bits(long word) {
        return IntStream.range(0, Long.SIZE).filter(bit -> (word >>> bit & 1) != 0);
    }

    private static String hex(long word) {
        return "0x" + Long.toHexString(word);
    }

    private static String pad(String name) {
        return name + " ".repeat(Math.max(1, NAME_COLUMN - name.length()));
    }
}
