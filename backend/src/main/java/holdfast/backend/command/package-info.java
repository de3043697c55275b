/** Facts about commands: arity, flags, key positions; the same table serves engine and routing. */
@NullMarked
package holdfast.backend.command;

import org.jspecify.annotations.NullMarked;
