/** The engine as a server: sockets, replication and files around the one thread that executes. */
@NullMarked
package holdfast.backend.server;

import org.jspecify.annotations.NullMarked;
