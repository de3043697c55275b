/** The voter: epochs, votes, the accepted record, who leads (pure). */
@NullMarked
package holdfast.health.vote;

import org.jspecify.annotations.NullMarked;
