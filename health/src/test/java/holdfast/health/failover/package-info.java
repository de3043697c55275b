/** Tests: Choices. */
@NullMarked
package holdfast.health.failover;

import org.jspecify.annotations.NullMarked;
