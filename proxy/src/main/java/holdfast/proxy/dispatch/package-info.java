/** The path of a command: from a client's channel to the links of its loop, and back in order. */
@NullMarked
package holdfast.proxy.dispatch;

import org.jspecify.annotations.NullMarked;
