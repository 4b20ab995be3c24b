package dev.troupe.samples.guest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A guest to be started: which QEMU and kernel, how large, with which devices, to run which script. Not for several threads
 * at a time; {@link #start} may be called more than once, each time for a machine of its own.
 *
 * {@snippet :
 * try (GuestRun run = Guest.on(GuestImage.stock())
 *         .device(GuestDevice.blk(socket).queues(4).packed())
 *         .cpus(4)
 *         .script(GuestScript.bundled("blk-basic"))
 *         .argument("QUEUES", 4)
 *         .start()) {
 *     run.awaitOk(Duration.ofMinutes(2));
 * }
 * }
 */
public final class Guest {
    private static final AtomicInteger STARTED = new AtomicInteger();
    private static final int BOOTS = 5;

    private final GuestImage image;
    private final List<GuestDevice> devices = new ArrayList<>();
    private final Map<String, String> arguments = new LinkedHashMap<>();
    private final List<String> qemuArguments = new ArrayList<>();
    private @Nullable String name;
    private @Nullable Acceleration acceleration;
    private GuestScript script = GuestScript.of("nothing", ":");
    private Path logs = Path.of("target", "guest-logs");
    private final List<Path> folders = new ArrayList<>();
    private final List<String> attachment = new ArrayList<>();
    private @Nullable Path memoryFile;
    private int memoryMiB = 512;
    private int cpus = 2;
    private boolean cpusInTurn;

    private Guest(GuestImage image) {
        this.image = image;
    }

    /** A guest with 512 MiB, 2 CPUs, the best acceleration there is, and no devices yet. */
    public static Guest on(GuestImage image) {
        return new Guest(image);
    }

    /** What its transcripts are called by; the script's name if not given. */
    public Guest name(String name) {
        this.name = name;
        return this;
    }

    /** The next device; their order is the order of the disks' names. */
    public Guest device(GuestDevice device) {
        devices.add(device);
        return this;
    }

    /** What it runs. */
    public Guest script(GuestScript script) {
        this.script = script;
        return this;
    }

    /** A variable the script sees. */
    public Guest argument(String variable, Object value) {
        arguments.put(variable, value.toString());
        return this;
    }

    /** The guest's memory, one shared memfd. */
    public Guest memoryMiB(int memoryMiB) {
        this.memoryMiB = memoryMiB;
        return this;
    }

    /** The guest's memory in a file of this path, which QEMU makes, instead of a memfd. */
    public Guest memoryFile(Path file) {
        memoryFile = file;
        return this;
    }

    /**
     * The arguments for memory and devices, all of them, as {@code troupe qemu-args} prints them, in place of what
     * {@link #device} and {@link #memoryMiB} say.
     *
     * @param sockets the folder of the sockets they name
     */
    public Guest attachedBy(List<String> arguments, Path sockets) {
        attachment.addAll(arguments);
        folders.add(sockets.toAbsolutePath());
        return this;
    }

    /** How many CPUs; a disk uses at most as many of its queues. */
    public Guest cpus(int cpus) {
        this.cpus = cpus;
        return this;
    }

    /** This acceleration and no other. */
    public Guest acceleration(Acceleration acceleration) {
        this.acceleration = acceleration;
        return this;
    }

    /**
     * Emulated CPUs take turns on one thread. For guests that migrate: with a thread each, QEMU's emulation can miss that
     * a CPU wrote to a page in the last moment, and the guest arrives with a torn stack.
     */
    public Guest cpusInTurn() {
        cpusInTurn = true;
        return this;
    }

    /** Further arguments for QEMU. */
    public Guest qemuArguments(String... more) {
        qemuArguments.addAll(List.of(more));
        return this;
    }

    /** A monitor of QEMU at this path, for {@link QemuMonitor#connect}. */
    public Guest monitor(Path socket) {
        folders.add(socket.toAbsolutePath().getParent());
        return qemuArguments("-qmp", "unix:" + GuestDevice.escaped(socket) + ",server=on,wait=off");
    }

    /** QEMU waits for a guest that comes from elsewhere, once its monitor is told where it comes from. */
    public Guest incoming() {
        return qemuArguments("-incoming", "defer");
    }

    /** Where transcripts go; {@code target/guest-logs} if not given. Made if missing. */
    public Guest logs(Path folder) {
        logs = folder;
        return this;
    }

    /**
     * Starts QEMU. The sockets of the devices must be there already, unless QEMU listens on them.
     *
     * @return the running guest, which the caller closes
     * @throws GuestException if QEMU cannot be started
     */
    public GuestRun start() {
        Acceleration accelerated = acceleration != null ? acceleration : Acceleration.best(image);
        String called = (name != null ? name : script.name()) + "-" + image.flavour() + "-" + STARTED.incrementAndGet();
        try {
            Path log = Files.createDirectories(logs).toAbsolutePath();
            // Beside the transcripts: should this program be killed, what is left is found there and not in /tmp.
            Path work = Files.createTempDirectory(log, called);
            Files.writeString(work.resolve("runner"), GuestScript.runner());
            Files.writeString(work.resolve("script"), script.text());
            Files.writeString(work.resolve("arguments"), shellVariables());
            Path kernelLog = log.resolve(called + ".kernel.log");
            TiedProcess process = TiedProcess.start(
                    called,
                    command(accelerated, initrd(work), work, kernelLog),
                    Map.of("TROUPE_GUEST_FOLDERS", foldersToSee(work, log)),
                    log.resolve(called + ".console.log"));
            return new GuestRun(script.name(), process, kernelLog, work);
        } catch (IOException e) {
            throw new GuestException("cannot lay out guest " + called, e);
        }
    }

    /**
     * {@link #start}, and waits until the script begins. A QEMU that aborts before that is started again, four times at most: QEMU
     * 10.0 sometimes does while it emulates several processors (assertions about MSI-X tables and memory sections),
     * whatever its devices.
     *
     * @param limit how long each start may take
     * @return the running guest, which the caller closes
     * @throws GuestException if it does not come up
     */
    public GuestRun boot(Duration limit) {
        int left = BOOTS;
        while (true) {
            GuestRun run = start();
            left--;
            try {
                run.awaitLine("^TROUPE-BEGIN ", limit);
                return run;
            } catch (GuestException e) {
                boolean again = left > 0 && run.hasAborted();
                run.close();
                if (!again) {
                    throw e;
                }
            }
        }
    }

    private List<String> command(Acceleration accelerated, Path initrd, Path work, Path kernelLog) {
        List<String> command = new ArrayList<>(List.of(image.qemu().toString()));
        String threads = cpusInTurn && accelerated == Acceleration.TCG ? ",thread=single" : "";
        command.addAll(List.of("-machine", "q35", "-accel", accelerated.option() + threads, "-cpu", accelerated.cpu()));
        command.addAll(List.of("-smp", Integer.toString(cpus)));
        command.addAll(attachment.isEmpty() ? memory() : attachment);
        command.addAll(List.of("-no-user-config", "-nodefaults", "-display", "none", "-no-reboot"));
        command.addAll(List.of("-kernel", image.kernel().toString()));
        command.addAll(List.of("-initrd", initrd.toString()));
        // Of CPUs in turn on a busy host the kernel believes that their timer does not work.
        String timer = cpusInTurn ? " no_timer_check" : "";
        command.addAll(List.of("-append", "console=ttyS1 quiet panic=-1" + timer));
        command.addAll(List.of("-serial", "stdio", "-serial", "file:" + GuestDevice.escaped(kernelLog)));
        for (String part : List.of("runner", "script", "arguments")) {
            command.add("-fw_cfg");
            command.add("name=opt/dev.troupe/" + part + ",file=" + GuestDevice.escaped(work.resolve(part)));
        }
        for (int i = 0; i < devices.size() && attachment.isEmpty(); i++) {
            command.addAll(devices.get(i).arguments(i, image));
        }
        command.addAll(qemuArguments);
        return command;
    }

    /** One of the image's, or in {@code work} one that is put together for the script. */
    private Path initrd(Path work) throws IOException {
        Path initrd = script.needsFio() ? image.initrdWithFio() : image.initrd();
        if (!script.needsDeviceTools()) {
            return initrd;
        }
        Path whole = work.resolve("initrd");
        try (OutputStream archives = Files.newOutputStream(whole)) {
            Files.copy(initrd, archives);
            Files.copy(image.initrdForDevices(), archives);
        }
        return whole;
    }

    /** Back ends map the guest's memory, so it must be a file that both can see. */
    private List<String> memory() {
        String file = memoryFile == null
                ? "memory-backend-memfd,id=memory"
                : "memory-backend-file,id=memory,mem-path=" + GuestDevice.escaped(memoryFile);
        return List.of(
                "-m",
                Integer.toString(memoryMiB),
                "-object",
                file + ",size=" + memoryMiB + "M,share=on",
                "-numa",
                "node,memdev=memory");
    }

    private String foldersToSee(Path work, Path log) {
        TreeSet<Path> all = new TreeSet<>(List.of(work, log));
        all.addAll(folders);
        devices.forEach(device -> device.folder().ifPresent(all::add));
        return all.stream().map(Path::toString).collect(Collectors.joining(":"));
    }

    private String shellVariables() {
        StringBuilder text = new StringBuilder("SCRIPT=" + quoted(script.name()) + "\n");
        arguments.forEach((variable, value) ->
                text.append(variable).append('=').append(quoted(value)).append('\n'));
        return text.toString();
    }

    static String quoted(String value) {
        return "'" + value.replace("'", "'\\''") + "'";
    }
}
