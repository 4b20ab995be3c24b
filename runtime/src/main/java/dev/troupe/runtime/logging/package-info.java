/**
 * How the log looks: readable on a terminal, with priorities for the journal. It goes to standard error, so that
 * standard output holds nothing but answers. Which form it takes is found out from where standard error leads.
 */
@NullMarked
package dev.troupe.runtime.logging;

import org.jspecify.annotations.NullMarked;
