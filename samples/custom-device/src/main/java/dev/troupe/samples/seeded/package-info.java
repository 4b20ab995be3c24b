/**
 * A device type of one's own, to be copied: an entropy device whose bytes are the same in every run, for tests that want to
 * be repeatable. The factory says what the type is, the device answers requests and remembers how far it is, the stream
 * says which bytes come.
 */
@NullMarked
package dev.troupe.samples.seeded;

import org.jspecify.annotations.NullMarked;
