/** Values that the modules share: nodes, what they say of themselves, and the accepted record. */
@NullMarked
package holdfast.backend.model;

import org.jspecify.annotations.NullMarked;
