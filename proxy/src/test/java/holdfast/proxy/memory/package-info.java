/** What a proxy with a small heap holds at most, as the system counts it. */
@NullMarked
package holdfast.proxy.memory;

import org.jspecify.annotations.NullMarked;
