/**
 * The entropy device, virtio section 5.4. A {@code RngQueue} answers requests one after the other within a
 * {@code RngBudget}, with bytes from a {@code RngSource}. A source that fails makes the guest wait, never go without.
 */
@NullMarked
package dev.troupe.devices.rng;

import org.jspecify.annotations.NullMarked;
