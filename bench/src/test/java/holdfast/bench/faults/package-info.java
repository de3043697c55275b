/**
 * Real faults: five hosts as network namespaces, real processes on them, and clients that write
 * down what they saw. Needs root.
 */
@NullMarked
package holdfast.bench.faults;

import org.jspecify.annotations.NullMarked;
