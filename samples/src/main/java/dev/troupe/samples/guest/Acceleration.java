package dev.troupe.samples.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** How QEMU runs the guest's CPUs. */
public enum Acceleration {
    /** By the host's KVM. */
    KVM("host"),
    /** By translation, which works everywhere and is some ten times slower. */
    TCG("max");

    /** Long for a kernel under KVM, which is up in a second, and short for people. */
    private static final Duration PROOF_LIMIT = Duration.ofSeconds(10);

    private static final Path KVM_NODE = Path.of("/dev/kvm");
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private final String cpu;

    Acceleration(String cpu) {
        this.cpu = cpu;
    }

    String cpu() {
        return cpu;
    }

    String option() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * KVM if a guest has booted with it on this host, else TCG. A {@code /dev/kvm} proves nothing: on some nested hosts
     * machines can be made with it and then hang. What came out is kept in the cache until the host boots again.
     *
     * <p>The system property {@code troupe.guest.acceleration} ({@code kvm} or {@code tcg}) decides without asking.
     */
    public static Acceleration best(GuestImage image) {
        String wanted = System.getProperty("troupe.guest.acceleration", "");
        if (!wanted.isEmpty()) {
            return valueOf(wanted.toUpperCase(Locale.ROOT));
        }
        if (!Files.isWritable(KVM_NODE)) {
            return TCG;
        }
        Path memory = GuestImage.cacheFolder().resolve("acceleration");
        try {
            String key = Files.readString(BOOT_ID).strip() + " " + image.flavour() + " " + image.kernelVersion() + " ";
            String known = Files.exists(memory) ? Files.readString(memory) : "";
            if (known.startsWith(key)) {
                return valueOf(known.substring(key.length()).strip());
            }
            Acceleration proven = boots(image) ? KVM : TCG;
            Files.writeString(memory, key + proven + "\n");
            return proven;
        } catch (IOException e) {
            throw new GuestException("cannot remember in " + memory + " whether KVM works", e);
        }
    }

    private static boolean boots(GuestImage image) {
        try (GuestRun run = Guest.on(image)
                .name("kvm-proof")
                .acceleration(KVM)
                .script(GuestScript.of("kvm-proof", ":"))
                .start()) {
            run.awaitOk(PROOF_LIMIT);
            return true;
        } catch (GuestException e) {
            return false;
        }
    }
}
