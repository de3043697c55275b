/** Ports to time and randomness, and the only code that reads a clock. */
@NullMarked
package holdfast.backend.time;

import org.jspecify.annotations.NullMarked;
