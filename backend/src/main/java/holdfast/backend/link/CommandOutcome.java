package holdfast.backend.link;

/** What is known of a command that was given to a link. */
public enum CommandOutcome {
  /** Certainly no byte of it reached the socket: it was not executed and never will be. */
  NEVER_SENT,
  /** Some of it reached the socket and no reply came: it may have been executed, or be later. */
  UNKNOWN,
  /** Its reply came. */
  ANSWERED
}
