/** Tests: The granting side. */
@NullMarked
package holdfast.health.lease;

import org.jspecify.annotations.NullMarked;
