package holdfast.health.runtime;

/** A voter cannot start; the text is one line that names the place and the fix. */
public final class VoterStartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With that line. */
  public VoterStartException(String message, Throwable cause) {
    super(message, cause);
  }
}
