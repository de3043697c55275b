/**
 * Every command of the server's own list, sent to a redis-server directly and to another through
 * the proxy: what clients are told must be the same.
 */
@NullMarked
package holdfast.proxy.conformance;

import org.jspecify.annotations.NullMarked;
