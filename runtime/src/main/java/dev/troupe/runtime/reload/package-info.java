/**
 * Changes of a running daemon's configuration. A reload compares the file with what runs, makes a plan, and carries it out
 * so that either all of it is done or none; single devices are added the same way. What was changed at run time can be
 * saved beside the operator's file, which is never written to.
 */
@NullMarked
package dev.troupe.runtime.reload;

import org.jspecify.annotations.NullMarked;
