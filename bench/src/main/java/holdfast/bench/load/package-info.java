/** End-to-end load through ordinary clients, and the checks of what they were promised. */
@NullMarked
package holdfast.bench.load;

import org.jspecify.annotations.NullMarked;
