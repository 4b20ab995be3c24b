package dev.troupe.samples.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disc with one file, {@code README.TXT}: the least that ECMA-119 (ISO 9660) allows. */
final class IsoImage {
    private static final int BLOCK = 2048;
    private static final int BLOCKS = 64;
    private static final int DESCRIPTOR = 16;
    private static final int TERMINATOR = 17;
    private static final int LITTLE_TABLE = 18;
    private static final int BIG_TABLE = 19;
    private static final int ROOT = 20;
    private static final int FILE = 21;
    private static final int TABLE_BYTES = 10;
    private static final byte FOLDER = 2;

    private final ByteBuffer image = ByteBuffer.allocate(BLOCKS * BLOCK);

    private IsoImage() {}

    /** Writes a disc whose file has this text. */
    static void write(Path path, String text) throws IOException {
        IsoImage iso = new IsoImage();
        byte[] contents = text.getBytes(StandardCharsets.US_ASCII);
        iso.describe();
        iso.table(LITTLE_TABLE, ByteOrder.LITTLE_ENDIAN);
        iso.table(BIG_TABLE, ByteOrder.BIG_ENDIAN);
        iso.image.position(ROOT * BLOCK);
        iso.entry(ROOT, BLOCK, FOLDER, new byte[] {0});
        iso.entry(ROOT, BLOCK, FOLDER, new byte[] {1});
        iso.entry(FILE, contents.length, (byte) 0, "README.TXT;1".getBytes(StandardCharsets.US_ASCII));
        iso.image.put(FILE * BLOCK, contents);
        Files.write(path, iso.image.array());
    }

    private void describe() {
        int at = DESCRIPTOR * BLOCK;
        image.put(at, (byte) 1)
                .put(at + 1, "CD001".getBytes(StandardCharsets.US_ASCII))
                .put(at + 6, (byte) 1);
        for (int i = 8; i < 72; i++) {
            image.put(at + i, (byte) ' ');
        }
        both32(at + 80, BLOCKS);
        both16(at + 120, 1);
        both16(at + 124, 1);
        both16(at + 128, BLOCK);
        both32(at + 132, TABLE_BYTES);
        image.putInt(at + 140, Integer.reverseBytes(LITTLE_TABLE)).putInt(at + 148, BIG_TABLE);
        image.position(at + 156);
        entry(ROOT, BLOCK, FOLDER, new byte[] {0});
        for (int i = 190; i < 813; i++) {
            image.put(at + i, (byte) ' ');
        }
        image.put(at + 881, (byte) 1);
        image.put(TERMINATOR * BLOCK, (byte) 255)
                .put(TERMINATOR * BLOCK + 1, "CD001".getBytes(StandardCharsets.US_ASCII))
                .put(TERMINATOR * BLOCK + 6, (byte) 1);
    }

    private void table(int block, ByteOrder order) {
        image.order(order)
                .put(block * BLOCK, (byte) 1)
                .putInt(block * BLOCK + 2, ROOT)
                .putShort(block * BLOCK + 6, (short) 1)
                .order(ByteOrder.BIG_ENDIAN);
    }

    private void entry(int block, int bytes, byte flags, byte[] name) {
        int at = image.position();
        int length = 33 + name.length + (name.length + 1) % 2;
        image.put(at, (byte) length);
        both32(at + 2, block);
        both32(at + 10, bytes);
        image.put(at + 18, (byte) 126).put(at + 19, (byte) 1).put(at + 20, (byte) 1);
        image.put(at + 25, flags);
        both16(at + 28, 1);
        image.put(at + 32, (byte) name.length).put(at + 33, name);
        image.position(at + length);
    }

    private void both32(int at, int value) {
        image.putInt(at, Integer.reverseBytes(value)).putInt(at + 4, value);
    }

    private void both16(int at, int value) {
        image.putShort(at, Short.reverseBytes((short) value)).putShort(at + 2, (short) value);
    }
}
