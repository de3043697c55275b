package holdfast.backend.engine;

/**
 * An error that is the reply of a command: a handler throws it before it has changed anything, the
 * engine writes it. It has no stack trace, so the common ones are made once ({@link Errors}).
 */
public final class CommandError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param text the whole error line without its "-", beginning with the code word: "ERR ..."
   */
  public CommandError(String text) {
    super(text, null, false, false);
  }

  /** The error line without its "-". */
  public String text() {
    return String.valueOf(getMessage());
  }
}
