package dev.troupe.transport.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.loop.IoVector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reading and writing requests whose buffers are cut anywhere. */
class ChainCursorTest {

    private static final long HERE = RingFixture.SECOND;

    private RingFixture rings;

    @BeforeEach
    void open() {
        rings = RingFixture.plain(64, new RingFeatures(false, false, false, false));
    }

    @AfterEach
    void close() {
        rings.close();
    }

    private DescriptorChain chainOf(BufferList buffers) {
        rings.driver.add(buffers, 1);
        rings.driver.publish();
        return rings.take();
    }

    @Test
    void shouldReadNumbersWhenTheHeaderIsSplitIntoSingleBytes() {
        MemorySegment bytes = rings.file.segment(HERE, 15);
        IntStream.range(0, 15).forEach(i -> bytes.set(RingLayout.BYTE, i, (byte) (i + 1)));
        BufferList buffers = new BufferList();
        IntStream.range(0, 15).forEach(i -> buffers.readable(HERE + i, 1));
        ChainReader reader = chainOf(buffers).readable();
        assertThat(reader.getByte()).isEqualTo((byte) 1);
        assertThat(reader.getShort()).isEqualTo((short) 0x0302);
        assertThat(reader.getInt()).isEqualTo(0x07060504);
        assertThat(reader.getLong()).isEqualTo(0x0f0e0d0c0b0a0908L);
        assertThat(reader.remaining()).isZero();
        assertThatThrownBy(reader::getByte).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldWriteWhatIsReadBackWhenBuffersAreOddAndCrossRegions() {
        long start = HERE - 7;
        ChainWriter writer = chainOf(new BufferList()
                        .writable(start, 9)
                        .writable(HERE + 100, 3)
                        .writable(HERE + 200, 20))
                .writable();
        writer.putByte(1);
        writer.putShort(0x0302);
        writer.putInt(0x07060504);
        writer.putLong(0x0f0e0d0c0b0a0908L);
        writer.fill(0x77, 4);
        writer.putByteAt(31, 0x55);
        writer.putByteAt(8, 0x44);
        assertThat(writer.position()).isEqualTo(19);
        assertThat(rings.file.segment(start, 7).toArray(RingLayout.BYTE)).containsExactly(1, 2, 3, 4, 5, 6, 7);
        assertThat(rings.file.segment(HERE, 2).toArray(RingLayout.BYTE)).containsExactly(8, 0x44);
        assertThat(rings.file.segment(HERE + 100, 3).toArray(RingLayout.BYTE)).containsExactly(10, 11, 12);
        assertThat(rings.file.segment(HERE + 200, 7).toArray(RingLayout.BYTE))
                .containsExactly(13, 14, 15, 0x77, 0x77, 0x77, 0x77);
        assertThat(rings.file.segment(HERE + 219, 1).get(RingLayout.BYTE, 0)).isEqualTo((byte) 0x55);
    }

    @Test
    void shouldListAddressesForTheKernelWhenPartOfARequestIsAskedFor() {
        DescriptorChain chain = chainOf(new BufferList().writable(HERE - 4, 10).writable(HERE + 100, 50));
        IoVector vector = new IoVector(4);
        ChainWriter writer = chain.writable();
        writer.skip(2);
        assertThat(writer.addTo(vector, 20)).isEqualTo(3);
        assertThat(vector.lengthBytes()).isEqualTo(20);
        assertThat(vector.lengthOf(0)).isEqualTo(2);
        assertThat(vector.lengthOf(1)).isEqualTo(6);
        long host = rings.memory.regions().get(1).hostAddress();
        assertThat(vector.addressOf(1)).isEqualTo(host);
        assertThat(vector.addressOf(2)).isEqualTo(host + 100);
        assertThat(writer.remaining()).isEqualTo(38);
    }

    @Test
    void shouldCopyBothWaysAndSeekWhenBuffersAreMany() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocate(33);
            IntStream.range(0, 33).forEach(i -> source.set(RingLayout.BYTE, i, (byte) (i * 3)));
            BufferList buffers = new BufferList();
            IntStream.range(0, 11).forEach(i -> buffers.readable(HERE + i * 5L, 3));
            IntStream.range(0, 11).forEach(i -> buffers.writable(HERE + i * 5L, 3));
            DescriptorChain chain = chainOf(buffers);
            chain.writable().copyFrom(source);
            MemorySegment copy = arena.allocate(33);
            chain.readable().copyTo(copy);
            assertThat(copy.mismatch(source)).isEqualTo(-1);
            chain.readable().seek(16);
            assertThat(chain.readable().getByte()).isEqualTo((byte) 48);
            assertThat(chain.readable().getByteAt(32)).isEqualTo((byte) 96);
            assertThatThrownBy(() -> chain.readable().getByteAt(33)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> chain.readable().seek(34)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> chain.writable().skip(1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
