/** Event loops, listening and connecting: the seam behind which the way to the kernel is chosen. */
@NullMarked
package holdfast.backend.transport;

import org.jspecify.annotations.NullMarked;
