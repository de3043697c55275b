/** Choice of the node that serves a read. */
@NullMarked
package holdfast.routing.read;

import org.jspecify.annotations.NullMarked;
