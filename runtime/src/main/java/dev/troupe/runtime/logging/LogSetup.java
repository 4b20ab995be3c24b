package dev.troupe.runtime.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.nio.charset.StandardCharsets;
import org.slf4j.LoggerFactory;

/**
 * Sets the log up: everything to standard error as {@link LogLayout} has it, from the level that {@code
 * TROUPE_LOG_LEVEL} names. Found by logback through {@code ServiceLoader}. Said in Java, because reading the same from a
 * file takes an XML parser and more than three hundred classes at each start; {@code -Dlogback.configurationFile} still
 * puts a file in its place.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {

    private static final String OWN_FILE = "logback.configurationFile";

    /** Made by logback. */
    public LogSetup() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty(OWN_FILE) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        configure(context, System.getenv().getOrDefault("TROUPE_LOG_LEVEL", ""));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Does something whose ordinary lines are of no interest to anybody; warnings and errors still are. */
    public static void withoutSmallTalk(Work work) throws Exception {
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            work.run();
            return;
        }
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level before = root.getLevel();
        root.setLevel(before.equals(Level.INFO) ? Level.WARN : before);
        try {
            work.run();
        } finally {
            root.setLevel(before);
        }
    }

    /** What is done meanwhile. */
    @FunctionalInterface
    public interface Work {
        /** Does it. */
        void run() throws Exception;
    }

    static void configure(LoggerContext context, String level) {
        LogLayout layout = new LogLayout();
        layout.setContext(context);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> standardError = new ConsoleAppender<>();
        standardError.setContext(context);
        standardError.setName("stderr");
        standardError.setTarget("System.err");
        standardError.setEncoder(encoder);
        standardError.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(level, Level.INFO));
        root.addAppender(standardError);
        // The actor runtime tells of its own start and end; only what went wrong matters.
        context.getLogger("org.apache.pekko").setLevel(Level.WARN);
    }
}
