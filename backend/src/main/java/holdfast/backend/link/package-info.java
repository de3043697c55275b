/**
 * Connections to a backend: handshake, pipelining with replies in order, heartbeat, reconnect, and
 * what is known of each command when a connection breaks.
 *
 * <p>{@link holdfast.backend.link.Link} is one connection, for code on its event loop: the path of
 * a client's command. {@link holdfast.backend.link.ReconnectingLink} makes a new one whenever it
 * breaks. {@link holdfast.backend.link.ControlLink} is the face for the control plane: any thread,
 * values, deadlines.
 */
@NullMarked
package holdfast.backend.link;

import org.jspecify.annotations.NullMarked;
