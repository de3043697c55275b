/** Tests: Detection. */
@NullMarked
package holdfast.health.detect;

import org.jspecify.annotations.NullMarked;
