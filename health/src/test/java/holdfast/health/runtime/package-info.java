/** Voters on real sockets with real backends. */
@NullMarked
package holdfast.health.runtime;

import org.jspecify.annotations.NullMarked;
