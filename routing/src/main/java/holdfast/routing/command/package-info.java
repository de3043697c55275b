/** Classes of commands: where each may go, what it needs, and whether it may be repeated. */
@NullMarked
package holdfast.routing.command;

import org.jspecify.annotations.NullMarked;
