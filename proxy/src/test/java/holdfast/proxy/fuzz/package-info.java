/**
 * Random and hostile bytes from clients and from servers, and replies that must stay with their
 * clients.
 */
@NullMarked
package holdfast.proxy.fuzz;

import org.jspecify.annotations.NullMarked;
