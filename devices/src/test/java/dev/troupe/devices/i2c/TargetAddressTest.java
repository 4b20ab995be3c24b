package dev.troupe.devices.i2c;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TargetAddressTest {

    @Test
    void shouldReadAndWriteTheFieldOfEveryAddress() {
        IntStream sevenBit = IntStream.range(0, 0x78);
        IntStream tenBit = IntStream.range(0, 0x400).map(TargetAddress::tenBit);

        assertThat(IntStream.concat(sevenBit, tenBit))
                .allSatisfy(address -> assertThat(I2cWire.address(I2cWire.addressField(address) & 0xffff))
                        .isEqualTo(address));
    }

    /** The example values follow from the table of section 5.16.6.1. */
    @Test
    void shouldPutTheBitsWhereTheSpecificationWantsThem() {
        assertThat(I2cWire.addressField(0x50)).isEqualTo((short) 0xa0);
        assertThat(I2cWire.addressField(TargetAddress.tenBit(0x250))).isEqualTo((short) 0x50f4);
        assertThat(I2cWire.address(0xa1)).isEqualTo(I2cWire.NO_ADDRESS);
        assertThat(I2cWire.address(0x01a0)).isEqualTo(I2cWire.NO_ADDRESS);
    }

    @Test
    void shouldReadWhatItWrites() {
        assertThat(List.of(0x08, 0x77, TargetAddress.tenBit(0), TargetAddress.tenBit(0x3ff)))
                .allSatisfy(address -> assertThat(TargetAddress.parse(TargetAddress.format(address)))
                        .hasValue(address));
    }

    @Test
    void shouldTakeOnlyTextThatIsAnAddress() {
        assertThat(TargetAddress.parse("80")).hasValue(0x50);
        assertThat(List.of("", "0x80", "-1", "10bit:0x400", "fifty"))
                .allSatisfy(text -> assertThat(TargetAddress.parse(text)).isEmpty());
    }

    @Test
    void shouldAllowWhatIsListedAndInRanges() {
        AllowedAddresses allowed = AllowedAddresses.of(List.of("0x50", "0x60-0x62", "10bit:0x10"));

        assertThat(IntStream.of(0x50, 0x60, 0x61, 0x62, TargetAddress.tenBit(0x10)))
                .allMatch(allowed::allows);
        assertThat(IntStream.of(0x10, 0x4f, 0x51, 0x63, TargetAddress.tenBit(0x50)))
                .noneMatch(allowed::allows);
    }

    @Test
    void shouldAllowNothingReservedUnlessItIsListed() {
        assertThat(IntStream.of(0, 0x07, 0x78, 0x7f)).noneMatch(AllowedAddresses.all()::allows);
        assertThat(IntStream.of(0x08, 0x77, TargetAddress.tenBit(0))).allMatch(AllowedAddresses.all()::allows);
        assertThat(AllowedAddresses.of(List.of("0")).allows(0)).isTrue();
    }

    @Test
    void shouldTakeOnlyRangesThatGoUpwards() {
        assertThat(List.of("0x62-0x60", "0x50-10bit:0x50", "0x50-", "-")).noneMatch(AllowedAddresses::isValid);
        assertThat(List.of("0x50", "0x50-0x50", "10bit:1-10bit:2")).allMatch(AllowedAddresses::isValid);
    }
}
