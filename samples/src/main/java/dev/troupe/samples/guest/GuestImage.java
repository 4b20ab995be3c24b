package dev.troupe.samples.guest;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Properties;

/**
 * What guests are started from: a QEMU, a kernel and its initramfs, as {@code samples/guests/prepare.sh} left them.
 *
 * @param flavour {@code stock}, {@code newer} or {@code newest}
 * @param qemu the program {@code qemu-system-x86_64}, or a script that starts it in the tree it lives in
 * @param qemuVersion its version, such as {@code 7.2.22}
 * @param storageDaemon the {@code qemu-storage-daemon} of the same version, or an empty path if there is none
 * @param kernel the kernel to boot, ELF or bzImage
 * @param kernelVersion its release, as {@code uname -r} says it
 * @param initrd the initramfs with all tools but fio
 * @param initrdWithFio the larger one, for scripts that need fio
 * @param initrdForDevices an archive to be put behind one of the two, with tools and modules for other devices than disks
 */
public record GuestImage(
        String flavour,
        Path qemu,
        String qemuVersion,
        Path storageDaemon,
        Path kernel,
        String kernelVersion,
        Path initrd,
        Path initrdWithFio,
        Path initrdForDevices) {

    /**
     * The distribution's own QEMU and kernel.
     *
     * @throws GuestException if {@code prepare.sh} has not been run
     */
    public static GuestImage stock() {
        return load("stock", "prepare.sh");
    }

    /**
     * QEMU 10 and kernel 6.12 out of a Debian 13 tree; needs root to run.
     *
     * @throws GuestException if {@code prepare.sh --newer} has not been run
     */
    public static GuestImage newer() {
        return load("newer", "prepare.sh --newer");
    }

    /**
     * QEMU 11 on the kernel of {@link #newer}; needs root to run.
     *
     * @throws GuestException if {@code prepare.sh --newest} has not been run
     */
    public static GuestImage newest() {
        return load("newest", "prepare.sh --newest");
    }

    /** Where {@code prepare.sh} keeps everything: {@code ${TROUPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/troupe}/guests}. */
    public static Path cacheFolder() {
        String own = System.getenv("TROUPE_CACHE");
        if (own != null && !own.isEmpty()) {
            return Path.of(own, "guests");
        }
        String shared = System.getenv("XDG_CACHE_HOME");
        Path base = shared != null && !shared.isEmpty()
                ? Path.of(shared)
                : Path.of(System.getProperty("user.home"), ".cache");
        return base.resolve("troupe").resolve("guests");
    }

    /** Whether QEMU's version is at least this one. */
    public boolean qemuAtLeast(int major, int minor) {
        int[] version = Arrays.stream(qemuVersion.split("\\.", -1))
                .mapToInt(Integer::parseInt)
                .toArray();
        return version[0] > major || (version[0] == major && version[1] >= minor);
    }

    private static GuestImage load(String flavour, String script) {
        Properties found = properties(flavour, script);
        return new GuestImage(
                flavour,
                Path.of(found.getProperty("qemu")),
                found.getProperty("qemu-version"),
                Path.of(found.getProperty("storage-daemon")),
                Path.of(found.getProperty("kernel")),
                found.getProperty("kernel-version"),
                Path.of(found.getProperty("initrd")),
                Path.of(found.getProperty("initrd-fio")),
                Path.of(found.getProperty("initrd-devices")));
    }

    private static Properties properties(String flavour, String script) {
        Path file = cacheFolder().resolve(flavour).resolve("guest.properties");
        Properties found = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            found.load(reader);
        } catch (IOException e) {
            throw new GuestException("no guest is prepared at " + file + "; run samples/guests/" + script, e);
        }
        return found;
    }
}
