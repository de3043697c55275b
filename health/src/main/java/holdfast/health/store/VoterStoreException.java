package holdfast.health.store;

/** The voter's data cannot be read or written; the text names the place and the fix. */
public final class VoterStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what happened. */
  public VoterStoreException(String message) {
    super(message);
  }

  /** With what happened and what caused it. */
  public VoterStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
