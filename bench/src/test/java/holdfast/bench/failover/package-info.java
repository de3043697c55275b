/** Ordinary clients with their retries off, under faults of the backends: what they saw. */
@NullMarked
package holdfast.bench.failover;

import org.jspecify.annotations.NullMarked;
