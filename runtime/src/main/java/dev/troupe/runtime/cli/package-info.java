/**
 * The program's command line: one class a command, each a thin client of the configuration, the daemon's messages or
 * the control socket. What a command prints to standard output is its answer, everything else goes to standard error.
 * Nothing here knows how a device works; options and commands of device types are generated from what the types tell.
 */
@NullMarked
package dev.troupe.runtime.cli;

import org.jspecify.annotations.NullMarked;
