/** Tests: The voter's core. */
@NullMarked
package holdfast.health.vote;

import org.jspecify.annotations.NullMarked;
