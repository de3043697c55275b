/** The voter as a process: sockets, files, timers; performs what the core asks for. */
@NullMarked
package holdfast.health.runtime;

import org.jspecify.annotations.NullMarked;
