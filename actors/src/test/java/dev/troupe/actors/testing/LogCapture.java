package dev.troupe.actors.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** What the daemon writes to the log, from warnings on, while this is open. */
public final class LogCapture extends AppenderBase<ILoggingEvent> implements AutoCloseable {

    private final Logger logger = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("dev.troupe");
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private final @Nullable Level before = logger.getLevel();

    private LogCapture() {}

    /** Begins to listen. */
    public static LogCapture begin() {
        LogCapture capture = new LogCapture();
        capture.setContext(capture.logger.getLoggerContext());
        capture.start();
        capture.logger.addAppender(capture);
        capture.logger.setLevel(Level.WARN);
        return capture;
    }

    @Override
    protected void append(ILoggingEvent event) {
        lines.add(event.getLoggerName() + ": " + event.getFormattedMessage());
    }

    /** The lines that contain something; each begins with the name of its logger. */
    public List<String> with(String text) {
        return lines.stream().filter(line -> line.contains(text)).toList();
    }

    @Override
    public void close() {
        logger.detachAppender(this);
        logger.setLevel(before);
        stop();
    }
}
