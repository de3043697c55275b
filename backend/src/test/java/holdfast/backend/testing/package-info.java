/** Real servers and helpers for the tests of all modules; part of the backend's test-jar. */
@NullMarked
package holdfast.backend.testing;

import org.jspecify.annotations.NullMarked;
