/** The holder's side of a write lease, pure, and the messages between holders and voters. */
@NullMarked
package holdfast.backend.lease;

import org.jspecify.annotations.NullMarked;
