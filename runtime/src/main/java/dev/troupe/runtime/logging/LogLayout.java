package dev.troupe.runtime.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * One event as lines of text. For a person: time, level where it is not the usual one, message. For the journal, which
 * keeps the time itself: the priority of {@code sd-daemon(3)} before every line, so that a stack trace keeps it too.
 * Any thread may use it.
 */
public final class LogLayout extends LayoutBase<ILoggingEvent> {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private static final String DEVICE_LOGGERS = "dev.troupe.device.";

    private final boolean journal;

    /** A layout for where standard error leads; made by the logging configuration. */
    public LogLayout() {
        this(Journal.leadsFrom(System.getenv().getOrDefault("JOURNAL_STREAM", ""), Path.of("/proc/self/fd/2")));
    }

    LogLayout(boolean journal) {
        this.journal = journal;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder text = new StringBuilder();
        if (!journal) {
            text.append(TIME.format(Instant.ofEpochMilli(event.getTimeStamp()).atZone(ZoneId.systemDefault())))
                    .append(' ');
        }
        boolean usual = event.getLevel().equals(Level.INFO);
        text.append(usual || journal ? "" : event.getLevel() + " ");
        text.append(device(event.getLoggerName()))
                .append(event.getFormattedMessage())
                .append('\n');
        IThrowableProxy thrown = event.getThrowableProxy();
        text.append(thrown == null ? "" : ThrowableProxyUtil.asString(thrown));
        return journal ? withPriority(text.toString(), priority(event.getLevel())) : text.toString();
    }

    /** A device's own lines do not name it; their logger does. */
    private static String device(String logger) {
        return logger.startsWith(DEVICE_LOGGERS) ? logger.substring(DEVICE_LOGGERS.length()) + ": " : "";
    }

    private static String withPriority(String text, int priority) {
        StringBuilder lines = new StringBuilder();
        text.lines()
                .forEach(line -> lines.append('<')
                        .append(priority)
                        .append('>')
                        .append(line)
                        .append('\n'));
        return lines.toString();
    }

    /** The syslog severity of a level: 3 is an error, 4 a warning, 6 information, 7 for debugging. */
    private static int priority(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> 3;
            case Level.WARN_INT -> 4;
            case Level.INFO_INT -> 6;
            default -> 7;
        };
    }
}
