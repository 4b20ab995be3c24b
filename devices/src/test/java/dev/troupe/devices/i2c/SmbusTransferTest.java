package dev.troupe.devices.i2c;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.I2cAdapter;
import dev.troupe.transport.sys.I2cMessage;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SmbusTransferTest {
    private static final int NONE = -1;

    private static I2cMessage write(int bytes) {
        return new I2cMessage(0x50, false, false, Arena.ofAuto().allocate(bytes));
    }

    private static I2cMessage read(int bytes) {
        return new I2cMessage(0x50, false, true, Arena.ofAuto().allocate(bytes));
    }

    private static I2cMessage readOfAnother(int bytes) {
        return new I2cMessage(0x51, false, true, Arena.ofAuto().allocate(bytes));
    }

    static Stream<Arguments> transfers() {
        return Stream.of(
                Arguments.of(List.of(write(0)), I2cAdapter.SMBUS_QUICK),
                Arguments.of(List.of(read(0)), I2cAdapter.SMBUS_QUICK),
                Arguments.of(List.of(write(1)), I2cAdapter.SMBUS_BYTE),
                Arguments.of(List.of(read(1)), I2cAdapter.SMBUS_BYTE),
                Arguments.of(List.of(write(2)), I2cAdapter.SMBUS_BYTE_DATA),
                Arguments.of(List.of(write(3)), I2cAdapter.SMBUS_WORD_DATA),
                Arguments.of(List.of(write(33)), I2cAdapter.SMBUS_I2C_BLOCK_DATA),
                Arguments.of(List.of(write(34)), NONE),
                Arguments.of(List.of(read(2)), NONE),
                Arguments.of(List.of(write(1), read(1)), I2cAdapter.SMBUS_BYTE_DATA),
                Arguments.of(List.of(write(1), read(2)), I2cAdapter.SMBUS_WORD_DATA),
                Arguments.of(List.of(write(1), read(32)), I2cAdapter.SMBUS_I2C_BLOCK_DATA),
                Arguments.of(List.of(write(1), read(33)), NONE),
                Arguments.of(List.of(write(3), read(2)), I2cAdapter.SMBUS_PROC_CALL),
                Arguments.of(List.of(write(2), read(1)), NONE),
                Arguments.of(List.of(write(1), read(0)), NONE),
                Arguments.of(List.of(write(1), write(1)), NONE),
                Arguments.of(List.of(write(1), readOfAnother(1)), NONE),
                Arguments.of(List.of(write(1), read(1), read(1)), NONE));
    }

    @ParameterizedTest
    @MethodSource("transfers")
    void shouldSeeWhichTransactionATransferLooksLike(List<I2cMessage> transfer, int kind) {
        assertThat(SmbusTransfer.kind(transfer)).isEqualTo(kind);
    }
}
