package holdfast.backend.link;

/** A call that got no reply: what happened to the link, and what is known of the command. */
public final class LinkException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final CommandOutcome outcome;

  public LinkException(String message, CommandOutcome outcome) {
    // Raised for each pending call of a broken link: the stack says nothing.
    super(message, null, false, false);
    this.outcome = outcome;
  }

  /** NEVER_SENT or UNKNOWN. */
  public CommandOutcome outcome() {
    return outcome;
  }
}
