package holdfast.routing.command;

/** Where a command goes. */
public enum Route {
  /** Changes nothing: the master, or a replica if the read policy says so. */
  ANY_NODE,
  /** The master, on the link that many clients share. */
  MASTER,
  /** The master, on a link of the client's own for as long as the command runs. */
  OWN_LINK,
  /** Opens, closes or watches a transaction: a link of the client's own until it is over. */
  TRANSACTION,
  /**
   * Turns the connection into a stream of messages: a link that subscribers share, or of its own.
   */
  SUBSCRIPTION,
  /** Answered by the proxy. */
  LOCAL,
  /** Answered by the proxy with an error that says why. */
  REFUSED
}
