package dev.troupe.runtime.upgrade;

import dev.troupe.transport.sys.Fd;
import java.util.List;

/**
 * One message between a process and its successor: a word, lines of text without line ends, and descriptors.
 *
 * @param word what it is about
 * @param lines what it says; for descriptors, the name of each
 * @param fds descriptors; a received packet's belong to its receiver
 */
record Packet(Word word, List<String> lines, List<Fd> fds) {

    /** What a packet is about. On the wire, the first line. */
    enum Word {
        /** Both: formats, program version, process, devices. The successor begins. */
        HELLO,
        /** Successor: it is warm and wants everything. */
        READY,
        /** Predecessor: descriptors, each with a line {@code kept NAME}, {@code activated NAME} or {@code lock}. */
        FDS,
        /** Predecessor: what lies in the service manager's store, a line each. */
        STORED,
        /** Predecessor: that was all; its lines are the devices that must run, and the lineage. */
        ALL,
        /** Successor: every device runs. */
        RUNNING,
        /** Predecessor: be the daemon from now on. */
        GO,
        /** Successor: the control socket is served. */
        DONE,
        /** Successor: it cannot; the line says why. */
        FAILED
    }

    Packet {
        lines = List.copyOf(lines);
        fds = List.copyOf(fds);
    }

    Packet(Word word, List<String> lines) {
        this(word, lines, List.of());
    }

    void closeFds() {
        fds.forEach(Fd::close);
    }
}
