/** Snapshots in Redis's RDB format and the append-only log: what outlives the process. */
@NullMarked
package holdfast.backend.store;

import org.jspecify.annotations.NullMarked;
