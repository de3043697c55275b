/** One switch of the master, stage by stage, and the choice it makes (pure). */
@NullMarked
package holdfast.health.failover;

import org.jspecify.annotations.NullMarked;
