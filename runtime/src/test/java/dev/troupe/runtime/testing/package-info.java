/** What several packages' tests need. A daemon in the test's own process, and the program's commands run against it. */
@NullMarked
package dev.troupe.runtime.testing;

import org.jspecify.annotations.NullMarked;
