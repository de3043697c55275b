/** The proxy as a whole: loops, control plane, lease client, start and stop. */
@NullMarked
package holdfast.proxy.runtime;

import org.jspecify.annotations.NullMarked;
