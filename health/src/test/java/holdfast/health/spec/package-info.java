/** The specification in {@code src/spec}, checked by TLC. */
@NullMarked
package holdfast.health.spec;

import org.jspecify.annotations.NullMarked;
