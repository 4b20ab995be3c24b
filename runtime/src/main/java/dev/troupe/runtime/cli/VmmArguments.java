package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.device.VmmAttachment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a virtual machine monitor is to be told so that it connects to devices of ours. */
enum VmmArguments {
    /** QEMU; the guest's memory is a memfd that can be shared, and each device has a socket chardev. */
    QEMU("qemu") {
        @Override
        List<String> memory(long memoryBytes) {
            long mebibytes = mebibytes(memoryBytes);
            return List.of(
                    "-m " + mebibytes + "M",
                    "-object memory-backend-memfd,id=troupe-mem,size=" + mebibytes + "M,share=on",
                    "-machine memory-backend=troupe-mem");
        }

        @Override
        Optional<List<String>> device(DeviceSpec spec, VmmAttachment attachment, int targetsBefore) {
            // A comma within a value is written twice; an id begins with a letter.
            String path = socket(spec).replace(",", ",,");
            String id = Character.isLetter(spec.name().charAt(0)) ? spec.name() : "troupe-" + spec.name();
            String server = spec.endpoint() instanceof Endpoint.Connect ? ",server=on,wait=on" : "";
            String device = attachment.qemu().replace("{socket}", path).replace("{name}", spec.name());
            return Optional.of(List.of(
                    "-chardev " + quote("socket,id=" + id + ",path=" + path + server),
                    "-device " + quote(device + ",chardev=" + id)));
        }
    },
    /** cloud-hypervisor. */
    CLOUD_HYPERVISOR("cloud-hypervisor") {
        @Override
        List<String> memory(long memoryBytes) {
            return List.of("--memory size=" + mebibytes(memoryBytes) + "M,shared=on");
        }

        @Override
        Optional<List<String>> device(DeviceSpec spec, VmmAttachment attachment, int targetsBefore) {
            return filled(spec, attachment.cloudHypervisor(), socket(spec)).map(VmmArguments::quoteValues);
        }
    },
    /** crosvm, whose memory can always be shared. */
    CROSVM("crosvm") {
        @Override
        List<String> memory(long memoryBytes) {
            return List.of("--mem size=" + mebibytes(memoryBytes));
        }

        @Override
        Optional<List<String>> device(DeviceSpec spec, VmmAttachment attachment, int targetsBefore) {
            return filled(spec, attachment.crosvm(), socket(spec)).map(VmmArguments::quoteValues);
        }
    },
    /** The elements of a libvirt domain. */
    LIBVIRT("libvirt") {
        @Override
        List<String> memory(long memoryBytes) {
            return List.of(
                    "<memory unit='MiB'>" + mebibytes(memoryBytes) + "</memory>",
                    "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>");
        }

        @Override
        Optional<List<String>> device(DeviceSpec spec, VmmAttachment attachment, int targetsBefore) {
            return filled(
                    spec,
                    attachment.libvirt().map(text -> text.replace(TARGET, target(targetsBefore))),
                    escape(socket(spec)));
        }
    };

    private static final long MEBIBYTE = 1L << 20;
    private static final String TARGET = "{target}";
    private static final int LETTERS = 26;

    private final String word;

    VmmArguments(String word) {
        this.word = word;
    }

    /** The name on the command line. */
    @Override
    public String toString() {
        return word;
    }

    /** The arguments that make the guest's memory one that can be shared. */
    abstract List<String> memory(long memoryBytes);

    /**
     * The arguments for one device; nothing if this monitor has no such front end.
     *
     * @param targetsBefore how many devices before it have a target ({@link #hasTarget})
     */
    abstract Optional<List<String>> device(DeviceSpec spec, VmmAttachment attachment, int targetsBefore);

    private static long mebibytes(long bytes) {
        return Math.ceilDiv(bytes, MEBIBYTE);
    }

    /** Whether libvirt is told a name for a device, which no other device may have. */
    static boolean hasTarget(VmmAttachment attachment) {
        return attachment.libvirt().filter(text -> text.contains(TARGET)).isPresent();
    }

    /** vda to vdz, then vdaa. */
    private static String target(int number) {
        StringBuilder letters = new StringBuilder();
        for (int left = number; left >= 0; left = left / LETTERS - 1) {
            letters.insert(0, (char) ('a' + left % LETTERS));
        }
        return "vd" + letters;
    }

    private static Optional<List<String>> filled(DeviceSpec spec, Optional<String> template, String socket) {
        return template.map(text -> {
            List<String> lines = new ArrayList<>();
            text.replace("{socket}", socket)
                    .replace("{name}", spec.name())
                    .lines()
                    .forEach(lines::add);
            return lines;
        });
    }

    private static String socket(DeviceSpec spec) {
        return switch (spec.endpoint()) {
            case Endpoint.Listen listen -> listen.path().toString();
            case Endpoint.Connect connect -> connect.path().toString();
            case Endpoint.Inherited inherited -> "/dev/fd/" + inherited.number();
        };
    }

    /** The text in an attribute of XML. */
    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&apos;")
                .replace("\"", "&quot;");
    }

    /** Options with the value of each as one word of a shell. */
    private static List<String> quoteValues(List<String> options) {
        return options.stream()
                .map(option -> {
                    int end = option.indexOf(' ') + 1;
                    return option.substring(0, end) + quote(option.substring(end));
                })
                .toList();
    }

    /** The text as one word of a shell. Brackets need no quotes: no file is called like an option. */
    private static String quote(String text) {
        return text.matches("[A-Za-z0-9_./,:=+@%\\[\\]-]*") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
