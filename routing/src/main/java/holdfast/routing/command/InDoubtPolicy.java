package holdfast.routing.command;

/** What becomes of a write that was sent when its link broke before the reply. */
public enum InDoubtPolicy {
  /** The client gets an error that says that the fate is unknown; nothing is repeated. */
  ERROR,
  /**
   * A write whose repetition leaves the same state and gives the same reply is repeated; others as
   * with {@link #ERROR}. Sound only if nobody else wrote the same keys in between.
   */
  IDEMPOTENT,
  /**
   * Servers keep the replies of writes beside what these did, so that a write whose reply was lost
   * can be asked for again: it is executed if it was not, else its reply is given. What cannot be
   * kept is as with {@link #ERROR}.
   */
  EXACTLY_ONCE
}
