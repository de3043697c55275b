/**
 * Redis's replication as decisions without sockets: history, backlog, PSYNC, and the master link.
 */
@NullMarked
package holdfast.backend.replication;

import org.jspecify.annotations.NullMarked;
