/** Tests: The voter's file. */
@NullMarked
package holdfast.health.store;

import org.jspecify.annotations.NullMarked;
