/** Tests: What is told of a voter's steps. */
@NullMarked
package holdfast.health.report;

import org.jspecify.annotations.NullMarked;
