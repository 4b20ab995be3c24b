package dev.troupe.samples.guest;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The program that runs inside a guest: runs the test classes it is given and says in lines what comes of each test, for
 * {@link GuestJava} on the host. Ends with 0 if all passed, 1 if not.
 */
final class GuestSideRunner implements TestExecutionListener {
    /** What such lines begin with. After it: one of the words below, the test's name; for a failure its trace, a line each. */
    static final String MARK = "TEST-";

    static final String BEGINS = MARK + "BEGINS ";
    static final String PASSED = MARK + "PASSED ";
    static final String FAILED = MARK + "FAILED ";
    static final String SKIPPED = MARK + "SKIPPED ";
    static final String TRACE = MARK + "TRACE ";
    static final String END = MARK + "END";

    private boolean allPassed = true;
    private long begunNanos;

    private GuestSideRunner() {}

    /** Runs the classes of these names. */
    public static void main(String[] classes) {
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
        for (String name : classes) {
            request.selectors(DiscoverySelectors.selectClass(name));
        }
        GuestSideRunner listener = new GuestSideRunner();
        LauncherDiscoveryRequest all = request.build();
        LauncherFactory.create().execute(all, listener);
        say(END, "");
        System.exit(listener.allPassed ? 0 : 1);
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        if (test.isTest()) {
            begunNanos = System.nanoTime();
            say(BEGINS, name(test));
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        allPassed = false;
        say(SKIPPED, name(test) + ": " + reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
            if (test.isTest()) {
                say(PASSED, name(test) + " (" + (System.nanoTime() - begunNanos) / 1_000_000 + " ms)");
            }
            return;
        }
        allPassed = false;
        say(FAILED, name(test));
        result.getThrowable().ifPresent(GuestSideRunner::sayTrace);
    }

    private static void sayTrace(Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        trace.toString().lines().forEach(line -> say(TRACE, line));
    }

    private static String name(TestIdentifier test) {
        return test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(MethodSource.class::cast)
                .map(method -> method.getJavaClass().getSimpleName() + "." + test.getDisplayName())
                .orElse(test.getDisplayName());
    }

    // The line to the host is this process's standard output.
    @SuppressWarnings("SystemOut")
    private static void say(String what, String text) {
        System.out.println(what + text);
    }
}
