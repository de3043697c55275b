/** The granting side of leases (pure). */
@NullMarked
package holdfast.health.lease;

import org.jspecify.annotations.NullMarked;
