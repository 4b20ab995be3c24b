package dev.troupe.samples.guest;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Runs test classes of this very class path inside a guest, on a Java of the same version: for what the host's own kernel has
 * not. What each test came to is told as a test of the host.
 */
final class GuestJava {
    private static final Path BUILD = Path.of("guests", "build-java.sh").toAbsolutePath();
    private static final int MEMORY_MIB = 1024;

    private GuestJava() {}

    /**
     * Makes the disk image with Java and all that this process has on its class path.
     *
     * @param folder where it is put
     * @return the image
     */
    static Path image(Path folder) {
        Path image = folder.resolve("java.ext4").toAbsolutePath();
        try {
            Process build = new ProcessBuilder(
                            BUILD.toString(),
                            System.getProperty("java.home"),
                            System.getProperty("java.class.path"),
                            image.toString())
                    .inheritIO()
                    .start();
            if (build.waitFor() != 0) {
                throw new GuestException(BUILD + " failed; is samples/guests/prepare.sh through?");
            }
            return image;
        } catch (IOException e) {
            throw new GuestException("cannot make a Java for guests", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuestException("interrupted", e);
        }
    }

    /**
     * Runs the classes and waits for their end.
     *
     * @param guest the machine, with whatever devices it needs, but no script and no disks
     * @param image made by {@link #image}
     * @param modules drivers to load before, each followed by its options, with colons between
     * @param limit for all of it
     * @param classes their names, for they are hidden in their packages
     * @return the tests that ran, each failing as it did
     */
    static Stream<DynamicTest> run(
            Guest guest, Path image, List<String> modules, Duration limit, List<String> classes) {
        Guest machine = guest.memoryMiB(MEMORY_MIB)
                .script(GuestScript.bundled("java-tests"))
                .argument("MODULES", String.join(" ", modules))
                .argument("CLASSES", String.join(" ", classes))
                .qemuArguments("-drive", "if=virtio,format=raw,readonly=on,file=" + GuestDevice.escaped(image));
        List<String> lines;
        try (GuestRun run = machine.boot(limit)) {
            run.awaitOk(limit);
            lines = run.lines();
        }
        if (!lines.contains(GuestSideRunner.END)) {
            throw new GuestException("the tests inside the guest did not come to their end");
        }
        List<DynamicTest> tests = outcomes(lines);
        for (String name : classes) {
            String simpleName = name.substring(name.lastIndexOf('.') + 1);
            if (tests.stream().noneMatch(test -> test.getDisplayName().startsWith(simpleName))) {
                tests.add(failing(name, "None of its tests ran."));
            }
        }
        return tests.stream();
    }

    private static List<DynamicTest> outcomes(List<String> lines) {
        List<DynamicTest> tests = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith(GuestSideRunner.PASSED)) {
                tests.add(DynamicTest.dynamicTest(line.substring(GuestSideRunner.PASSED.length()), () -> {}));
            } else if (line.startsWith(GuestSideRunner.FAILED)) {
                tests.add(failing(
                        line.substring(GuestSideRunner.FAILED.length()), trace(lines.subList(i + 1, lines.size()))));
            } else if (line.startsWith(GuestSideRunner.SKIPPED)) {
                tests.add(failing(line.substring(GuestSideRunner.SKIPPED.length()), "It did not run."));
            }
        }
        return tests;
    }

    private static String trace(List<String> following) {
        return following.stream()
                .takeWhile(line -> !line.startsWith(GuestSideRunner.MARK) || line.startsWith(GuestSideRunner.TRACE))
                .filter(line -> line.startsWith(GuestSideRunner.TRACE))
                .map(line -> line.substring(GuestSideRunner.TRACE.length()))
                .collect(Collectors.joining("\n"));
    }

    private static DynamicTest failing(String name, String trace) {
        return DynamicTest.dynamicTest(name, () -> {
            throw new AssertionError("in the guest: " + trace);
        });
    }
}
