package dev.troupe.transport.sys;

import java.lang.foreign.MemorySegment;

/**
 * One segment of an I2C transfer: a start, an address, bytes in one direction.
 *
 * @param address the target's address, 7 or 10 bits
 * @param tenBit whether the address has 10 bits
 * @param read whether the target sends the bytes
 * @param data the bytes, or where they go; native memory, possibly empty
 */
public record I2cMessage(int address, boolean tenBit, boolean read, MemorySegment data) {}
