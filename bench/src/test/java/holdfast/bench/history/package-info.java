/** Judges what clients saw: are these histories those of one register, one list? Pure. */
@NullMarked
package holdfast.bench.history;

import org.jspecify.annotations.NullMarked;
