/** The view of the world that a request is planned against, and the plan. */
@NullMarked
package holdfast.routing.plan;

import org.jspecify.annotations.NullMarked;
