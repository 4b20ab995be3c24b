package dev.troupe.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigObject;
import dev.troupe.actors.daemon.CommonOptions;
import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.Option;
import dev.troupe.config.Documentation.OptionEntry;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DocumentationTest {

    private final Documentation documentation = Documentation.load();

    @Test
    void shouldTellKindLimitsDefaultAndSentenceOfAnOption() {
        List<OptionEntry> entries = documentation.type(new FakeDisk());

        assertThat(entries).extracting(entry -> entry.option().name()).startsWith("path", "size");
        assertThat(entries.get(1).sentence()).isEqualTo("How large the disk is. As large as its file if absent.");
        assertThat(entries.get(1).defaultValue()).isEmpty();
        assertThat(entries.get(1).limits()).isEqualTo("512 B to 1 PiB");
        assertThat(entries.get(3).defaultValue()).contains("write-back");
        assertThat(entries.get(3).limits()).isEqualTo("write-back, write-through");
        assertThat(entries.get(5).defaultValue()).contains("5 s");
        assertThat(entries.get(5).limits()).isEqualTo("1 ms to 1 min");
    }

    @Test
    void shouldSayOfTheOptionsOfABlockThatTheyChangeAsTheBlockDoes() {
        assertThat(documentation.type(new FakeDisk()))
                .filteredOn(entry -> entry.key().startsWith("parts"))
                .hasSize(4)
                .extracting(entry -> entry.option().effect())
                .containsOnly(ChangeEffect.RESTART);
    }

    @Test
    void shouldHaveTheSameKeysInCodeAndReferenceForDevices() {
        assertThat(keys("device-defaults")).isEqualTo(names(CommonOptions.all()));
        assertThat(documentation.common()).noneMatch(entry -> entry.sentence().isEmpty());
    }

    @Test
    void shouldHaveTheSameKeysInCodeAndReferenceForTheDaemon() {
        Set<String> known = names(NodeOptions.all());
        known.addAll(Set.of("device-defaults", "types"));

        assertThat(troupe().keySet()).isEqualTo(known);
        assertThat(documentation.node()).noneMatch(entry -> entry.sentence().isEmpty());
    }

    @Test
    void shouldSayWhatIsMissingWhenATypeHasNoReference() {
        assertThatThrownBy(() -> documentation.defaultOf(Option.string("colour"), "troupe.types.fake-disk"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("reference.conf lacks troupe.types.fake-disk.colour");
    }

    private ConfigObject troupe() {
        return (ConfigObject) Objects.requireNonNull(documentation.reference().get("troupe"));
    }

    private Set<String> keys(String section) {
        return ((ConfigObject) Objects.requireNonNull(troupe().get(section))).keySet();
    }

    private static Set<String> names(List<Option<?>> options) {
        return options.stream().map(Option::name).collect(Collectors.toSet());
    }
}
