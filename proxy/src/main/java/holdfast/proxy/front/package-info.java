/** The listening side: who may connect, and what a connection begins as. */
@NullMarked
package holdfast.proxy.front;

import org.jspecify.annotations.NullMarked;
