/** RESP2, RESP3 and inline commands on the wire: scanners with limits, and writers. */
@NullMarked
package holdfast.backend.resp;

import org.jspecify.annotations.NullMarked;
