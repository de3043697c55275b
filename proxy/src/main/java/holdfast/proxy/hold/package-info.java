/** Who waits for a master, for how long, and how much that may take. */
@NullMarked
package holdfast.proxy.hold;

import org.jspecify.annotations.NullMarked;
