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
        Optional<List<String>> device(DeviceSpec spec, VmmAttachment attachment) {
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
        Optional<List<String>> device(DeviceSpec spec, VmmAttachment attachment) {
            return filled(spec, attachment.cloudHypervisor());
        }
    },
    /** crosvm, whose memory can always be shared. */
    CROSVM("crosvm") {
        @Override
        List<String> memory(long memoryBytes) {
            return List.of("--mem size=" + mebibytes(memoryBytes));
        }

        @Override
        Optional<List<String>> device(DeviceSpec spec, VmmAttachment attachment) {
            return filled(spec, attachment.crosvm());
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
        Optional<List<String>> device(DeviceSpec spec, VmmAttachment attachment) {
            return filled(spec, attachment.libvirt());
        }
    };

    private static final long MEBIBYTE = 1L << 20;

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

    /** The arguments for one device; nothing if this monitor has no such front end. */
    abstract Optional<List<String>> device(DeviceSpec spec, VmmAttachment attachment);

    private static long mebibytes(long bytes) {
        return Math.ceilDiv(bytes, MEBIBYTE);
    }

    private static Optional<List<String>> filled(DeviceSpec spec, Optional<String> template) {
        return template.map(text -> {
            List<String> lines = new ArrayList<>();
            text.replace("{socket}", socket(spec))
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

    /** The text as one word of a shell. */
    private static String quote(String text) {
        return text.matches("[A-Za-z0-9_./,:=+@%-]*") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
