/** What is remembered of one client: its settings, its transaction, the order of its replies. */
@NullMarked
package holdfast.proxy.session;

import org.jspecify.annotations.NullMarked;
