package holdfast.backend.link;

/**
 * Why a link ended or did not come about.
 *
 * @param message for people: what happened, with the backend's own words where it said any
 */
public record LinkFailure(Kind kind, String message) {
  /** What kind of end it was. */
  public enum Kind {
    /** The port answered that nobody listens there: no process, but the host lives. */
    REFUSED,
    /** Connecting took too long or failed otherwise (no route, unknown host). */
    UNREACHABLE,
    /** The backend did not want us: wrong password, no such database, not the node expected. */
    HANDSHAKE,
    /** The other side closed, or reset, the connection. */
    CLOSED_BY_PEER,
    /** No byte came for too long although one was due. */
    SILENT,
    /** What came is no RESP, or an answer to nothing. */
    PROTOCOL,
    /** We closed it. */
    CLOSED
  }
}
