/** Metrics, health and status over HTTP. */
@NullMarked
package holdfast.proxy.admin;

import org.jspecify.annotations.NullMarked;
