package dev.troupe.runtime.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogLayoutTest {

    private static LoggingEvent event(Level level, String message) {
        return event("x", level, message);
    }

    private static LoggingEvent event(String logger, Level level, String message) {
        LoggerContext context = new LoggerContext();
        return new LoggingEvent("x", context.getLogger(logger), level, message, null, null);
    }

    @Test
    void shouldNameTheDeviceWhenADeviceSaysSomething() {
        LoggingEvent event = event("dev.troupe.device.disk0", Level.WARN, "Write failed: ENOSPC");

        assertThat(new LogLayout(true).doLayout(event)).isEqualTo("<4>disk0: Write failed: ENOSPC\n");
        assertThat(new LogLayout(false).doLayout(event)).endsWith(" WARN disk0: Write failed: ENOSPC\n");
    }

    @Test
    void shouldShowTimeAndUnusualLevelsToAPerson() {
        LogLayout layout = new LogLayout(false);

        assertThat(layout.doLayout(event(Level.INFO, "disk0 serves.")))
                .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} disk0 serves\\.\n");
        assertThat(layout.doLayout(event(Level.WARN, "Full."))).endsWith(" WARN Full.\n");
    }

    @Test
    void shouldPutThePriorityBeforeEveryLineForTheJournal() {
        LogLayout layout = new LogLayout(true);

        assertThat(layout.doLayout(event(Level.INFO, "a"))).isEqualTo("<6>a\n");
        assertThat(layout.doLayout(event(Level.WARN, "a\nb"))).isEqualTo("<4>a\n<4>b\n");
        assertThat(layout.doLayout(event(Level.ERROR, "a"))).isEqualTo("<3>a\n");
    }

    @Test
    void shouldTellTheJournalFromAnotherStream(@TempDir Path folder) throws IOException {
        Path stream = Files.createFile(folder.resolve("stream"));
        String itself = Files.getAttribute(stream, "unix:dev") + ":" + Files.getAttribute(stream, "unix:ino");

        assertThat(Journal.leadsFrom(itself, stream)).isTrue();
        assertThat(Journal.leadsFrom("1:2", stream)).isFalse();
        assertThat(Journal.leadsFrom("", stream)).isFalse();
        assertThat(Journal.leadsFrom(itself, folder.resolve("gone"))).isFalse();
    }
}
