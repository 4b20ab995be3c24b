package dev.troupe.actors.device;

/**
 * One little-endian integer of a configuration space.
 *
 * @param name the field's name in the virtio specification
 * @param offset where it starts, in bytes
 * @param sizeBytes its size: 1, 2, 4 or 8
 */
public record ConfigField(String name, int offset, int sizeBytes) {}
