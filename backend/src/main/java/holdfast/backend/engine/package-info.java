/**
 * The embedded keyspace: values, commands, expiry, transactions, pub/sub, blocking. Pure: one
 * thread, no sockets, no clock, no randomness but what is handed in.
 */
@NullMarked
package holdfast.backend.engine;

import org.jspecify.annotations.NullMarked;
