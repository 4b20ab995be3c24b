package dev.troupe.devices.testing;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.GuestMemoryFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A driver that cuts its requests into buffers anywhere and puts those at any address, by a seed. */
public final class RequestWriter {
    private static final int MAX_GAP_BYTES = 7;
    private static final byte STALE = (byte) 0xa5;

    private final GuestMemoryFile ram;
    private final DriverQueue driver;
    private final Random random;
    private final Map<Long, List<MemorySegment>> writable = new HashMap<>();
    private final Map<Long, Answer> answers = new HashMap<>();
    private long nextToken;

    /** A driver of one queue. */
    public RequestWriter(GuestMemoryFile ram, DriverQueue driver, long seed) {
        this.ram = ram;
        this.driver = driver;
        this.random = new Random(seed);
    }

    /** Makes a request available; returns what names it. At most {@code pieces} buffers for each half. */
    public long submit(byte[] readable, int writableBytes, int pieces) {
        long token = nextToken++;
        BufferList buffers = new BufferList();
        for (int[] cut : cuts(readable.length, pieces)) {
            long address = place(cut[1]);
            MemorySegment.copy(readable, cut[0], ram.segment(address, cut[1]), ValueLayout.JAVA_BYTE, 0, cut[1]);
            buffers.readable(address, cut[1]);
        }
        List<MemorySegment> parts = new ArrayList<>();
        for (int[] cut : cuts(writableBytes, pieces)) {
            long address = place(cut[1]);
            parts.add(ram.segment(address, cut[1]).fill(STALE));
            buffers.writable(address, cut[1]);
        }
        if (!driver.add(buffers, token)) {
            throw new IllegalStateException("No room in the ring");
        }
        driver.publish();
        writable.put(token, parts);
        return token;
    }

    private long place(int bytes) {
        return ram.allocate(bytes + (long) MAX_GAP_BYTES, 1) + random.nextInt(MAX_GAP_BYTES + 1);
    }

    /** Pairs of start and length that make up the whole, in order. */
    private List<int[]> cuts(int length, int pieces) {
        List<int[]> cuts = new ArrayList<>();
        int at = 0;
        while (at < length) {
            boolean last = cuts.size() + 1 >= pieces;
            int piece = last ? length - at : 1 + random.nextInt(Math.min(length - at, random.nextBoolean() ? 3 : 700));
            cuts.add(new int[] {at, piece});
            at += piece;
        }
        return cuts;
    }

    /** Fetches what the device returned. */
    public void collect() {
        while (driver.poll()) {
            byte[] bytes = join(writable.getOrDefault(driver.token(), List.of()));
            Answer before = answers.put(driver.token(), new Answer(bytes, driver.usedLengthBytes()));
            if (before != null) {
                throw new IllegalStateException("Request " + driver.token() + " was answered twice");
            }
        }
    }

    private static byte[] join(List<MemorySegment> parts) {
        int length = parts.stream().mapToInt(p -> (int) p.byteSize()).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (MemorySegment part : parts) {
            MemorySegment.copy(part, ValueLayout.JAVA_BYTE, 0, all, at, (int) part.byteSize());
            at += (int) part.byteSize();
        }
        return all;
    }

    /** Whether a request was answered. */
    public boolean isAnswered(long token) {
        return answers.containsKey(token);
    }

    /** How a request was answered. */
    public Answer answer(long token) {
        Answer answer = answers.get(token);
        if (answer == null) {
            throw new IllegalStateException("Request " + token + " was not answered");
        }
        return answer;
    }

    /**
     * What the device returned.
     *
     * @param bytes the whole device-writable part
     * @param usedLengthBytes how much of it the device says it wrote
     */
    // Bytes as they lie in guest memory; nobody compares answers.
    @SuppressWarnings("ArrayRecordComponent")
    public record Answer(byte[] bytes, long usedLengthBytes) {
        /** The last byte. */
        public int lastByte() {
            return bytes[bytes.length - 1];
        }
    }
}
