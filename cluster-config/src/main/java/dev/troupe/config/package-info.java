/**
 * What is configured for one node: a HOCON file is loaded, checked strictly and turned into what is wanted of each
 * device. Every problem is found in one pass and told with file, line and the nearest right key; nothing is guessed.
 * Two configurations can be compared, so that a running daemon can be told only what changed.
 */
@NullMarked
package dev.troupe.config;

import org.jspecify.annotations.NullMarked;
