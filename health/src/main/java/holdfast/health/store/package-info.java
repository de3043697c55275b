/** What a voter may not forget, on disk. */
@NullMarked
package holdfast.health.store;

import org.jspecify.annotations.NullMarked;
