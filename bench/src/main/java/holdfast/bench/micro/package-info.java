/** Benchmarks of single parts, by JMH; run them with {@code bench/micro}. */
@NullMarked
package holdfast.bench.micro;

import org.jspecify.annotations.NullMarked;
