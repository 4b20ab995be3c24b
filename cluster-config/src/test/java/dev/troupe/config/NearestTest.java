package dev.troupe.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {

    @Test
    void shouldFindTheWordThatWasMeant() {
        List<String> words = List.of("read-only", "queues", "path");

        assertThat(Nearest.to("readonly", words)).contains("read-only");
        assertThat(Nearest.to("readOnly", words)).contains("read-only");
        assertThat(Nearest.to("qeueus", words)).contains("queues");
        assertThat(Nearest.to("colour", words)).isEmpty();
        assertThat(Nearest.hint("colour", words)).isEqualTo("Known are: read-only, queues, path.");
    }
}
