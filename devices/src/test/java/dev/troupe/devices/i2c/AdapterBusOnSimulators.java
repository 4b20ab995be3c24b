package dev.troupe.devices.i2c;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.GuestRig;
import dev.troupe.devices.testing.HostSideRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Adapters of a kernel as a driver of the device finds them. Run in a guest: i2c-stub with targets 0x1d and 0x50, which knows SMBus
 * only; the i801 that QEMU's machine has, with an EEPROM at 0x50, which is the same in hardware; and a virtio adapter, another
 * Troupe's, which makes whole transfers, with registers at 0x20 and an EEPROM of 4 KiB at 0x52.
 */
@Tag("simulators")
class AdapterBusOnSimulators {
    private static final String STUB = "SMBus stub driver";
    private static final Path ADAPTERS = Path.of("/sys/class/i2c-dev");

    private final I2cFactory factory = new I2cFactory();
    private HostSideRig rig;

    @BeforeEach
    void start(@TempDir Path folder) {
        rig = new HostSideRig(folder);
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    /** The one adapter whose name begins so. */
    private static String adapter(String beginning) {
        try (var found = Files.list(ADAPTERS)) {
            for (Path adapter : found.sorted().toList()) {
                String name = Files.readString(adapter.resolve("name")).strip();
                if (name.startsWith(beginning)) {
                    return name;
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("NOT RUN: there is no adapter '" + beginning
                + "' here. HostSideIT of the module samples runs this in a guest.");
    }

    private GuestRig.Queue serve(String bus) {
        return rig.serve(
                        "bus",
                        factory,
                        Map.of("back-end", "host", "bus", bus),
                        1,
                        I2cWire.VIRTIO_I2C_F_ZERO_LENGTH_REQUEST)
                .queue(0);
    }

    private static int status(byte[] answer) {
        return answer[answer.length - 1];
    }

    private static void write(GuestRig.Queue queue, int address, int... data) {
        assertThat(status(queue.roundTrip(I2cRequests.write(address, data), 1))).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
    }

    private static int refusedWrite(GuestRig.Queue queue, int address, int... data) {
        return status(queue.roundTrip(I2cRequests.write(address, data), 1));
    }

    /** Sets a register's number, then reads so many bytes, in one transfer; nothing if that fails. */
    private static byte[] read(GuestRig.Queue queue, int address, int count, int... command) {
        GuestRig.Request first = queue.add(I2cRequests.writeAndMore(address, command), 1);
        GuestRig.Request second = queue.add(I2cRequests.read(address), count + 1);
        queue.kick();
        byte[] answer = second.await();
        assertThat(status(first.await())).isEqualTo((byte) status(answer));
        return status(answer) == I2cWire.VIRTIO_I2C_MSG_OK ? Arrays.copyOf(answer, count) : new byte[0];
    }

    private static int[] bytes(int count) {
        int[] bytes = new int[count];
        Arrays.setAll(bytes, i -> 3 * i + 1);
        return bytes;
    }

    private static int[] behind(int command, int[] data) {
        int[] all = new int[data.length + 1];
        all[0] = command;
        System.arraycopy(data, 0, all, 1, data.length);
        return all;
    }

    private static byte[] asBytes(int[] data) {
        byte[] bytes = new byte[data.length];
        for (int i = 0; i < data.length; i++) {
            bytes[i] = (byte) data[i];
        }
        return bytes;
    }

    @Test
    void shouldFindTheAdapterByItsNumberItsPathAndItsName() throws Exception {
        String name = adapter(STUB);
        Path file = HostAdapters.find(name);
        for (String called : List.of(name, file.toString(), file.toString().replace("/dev/i2c-", ""))) {
            GuestRig.Queue queue = serve(called);
            write(queue, 0x1d, 0x10, 0x42);
            assertThat(read(queue, 0x1d, 1, 0x10)).containsExactly(0x42);
            rig.remove("bus");
        }
    }

    @Test
    void shouldSayWhichAdaptersThereAreWhenThereIsNoneOfTheName() {
        String name = adapter(STUB);
        assertThat(rig.refused("bus", factory, Map.of("back-end", "host", "bus", "no such bus")))
                .contains("no such bus", name);
    }

    @Test
    void shouldMakeSmbusTransactionsOfWhatLooksLikeThem() {
        GuestRig.Queue queue = serve(adapter(STUB));
        // Quick, byte.
        write(queue, 0x1d);
        write(queue, 0x50, 7, 0x99);
        write(queue, 0x50, 7);
        assertThat(queue.roundTrip(I2cRequests.read(0x50), 2)).containsExactly(0x99, I2cWire.VIRTIO_I2C_MSG_OK);
        // Byte data, word data.
        assertThat(read(queue, 0x50, 1, 7)).containsExactly(0x99);
        write(queue, 0x1d, 0x20, 0x34, 0x12);
        assertThat(read(queue, 0x1d, 2, 0x20)).containsExactly(0x34, 0x12);
        // I2C blocks, up to the longest.
        for (int count : new int[] {3, 31, 32}) {
            int[] data = bytes(count);
            write(queue, 0x50, behind(0x40, data));
            assertThat(read(queue, 0x50, count, 0x40)).isEqualTo(asBytes(data));
        }
    }

    @Test
    void shouldFailWhatAnSmbusAdapterCannotDoAndGoOn() {
        GuestRig.Queue queue = serve(adapter(STUB));
        assertThat(refusedWrite(queue, 0x50, behind(0, bytes(33)))).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        assertThat(read(queue, 0x50, 33, 0)).isEmpty();
        assertThat(status(queue.roundTrip(I2cRequests.read(0x50), 3))).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        assertThat(refusedWrite(queue, 0x51, 0)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        write(queue, 0x50, 1, 2);
        assertThat(read(queue, 0x50, 1, 1)).containsExactly(2);
    }

    @Test
    void shouldNeverTakeATenBitAddressForTheSevenBitOneWhereTheAdapterKnowsNone() {
        for (String adapter : List.of(adapter(STUB), adapter("i2c_virtio"))) {
            int target = adapter.equals(STUB) ? 0x50 : 0x20;
            GuestRig.Queue queue = serve(adapter);
            write(queue, target, 1, 2);
            assertThat(refusedWrite(queue, TargetAddress.tenBit(target), 1, 3)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
            assertThat(read(queue, target, 1, 1)).containsExactly(2);
            rig.remove("bus");
        }
    }

    @Test
    void shouldUseTheControllerOfAMachine() {
        GuestRig.Queue queue = serve(adapter("SMBus I801"));
        write(queue, 0x50, 5, 0x77);
        assertThat(read(queue, 0x50, 1, 5)).containsExactly(0x77);
        write(queue, 0x50, 6, 0x78);
        write(queue, 0x50, 5);
        assertThat(queue.roundTrip(I2cRequests.read(0x50), 2)).containsExactly(0x77, I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(read(queue, 0x50, 8, 0))
                .startsWith(read(queue, 0x50, 1, 0))
                .endsWith(0x77, 0x78, read(queue, 0x50, 1, 7)[0]);
        assertThat(refusedWrite(queue, 0x2a, 1)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
    }

    @Test
    void shouldMakeWholeTransfersWhereTheAdapterCan() {
        GuestRig.Queue queue = serve(adapter("i2c_virtio"));
        write(queue, 0x20, 8, 1, 2, 3);
        assertThat(read(queue, 0x20, 3, 8)).containsExactly(1, 2, 3);
        // No bytes at all: is somebody there?
        write(queue, 0x20);
        assertThat(refusedWrite(queue, 0x21)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        // Longer than any SMBus transaction, at a register number of two bytes.
        int[] page = bytes(32);
        write(queue, 0x52, behind(0x01, behind(0x00, page)));
        assertThat(read(queue, 0x52, 200, 0x01, 0x00)).startsWith(asBytes(page)).hasSize(200);
    }
}
