/** What the parts cost at rest and under many others: processes of their own, measured outside. */
@NullMarked
package holdfast.bench.cost;

import org.jspecify.annotations.NullMarked;
