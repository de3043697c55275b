/** Figures as text that people and scripts can read. */
@NullMarked
package holdfast.bench.report;

import org.jspecify.annotations.NullMarked;
