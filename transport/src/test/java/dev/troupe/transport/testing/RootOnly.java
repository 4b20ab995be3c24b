package dev.troupe.transport.testing;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A test that needs root's rights: mounting, loop devices, huge pages. For another user, or where root may not do such
 * things either, it is left out, and says so on the standard error output.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("root")
@ExtendWith(RootOnly.Condition.class)
public @interface RootOnly {

    /** Looks who runs the tests. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            try {
                if (Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                    return ConditionEvaluationResult.enabled("run by root");
                }
            } catch (IOException e) {
                return ConditionEvaluationResult.enabled("cannot tell who runs this: " + e);
            }
            String text = "NOT TESTED, it needs root: " + context.getDisplayName();
            System.err.println(text);
            return ConditionEvaluationResult.disabled(text);
        }
    }
}
