package holdfast.backend.lease;

/**
 * How the messages between holders and voters, and between voters, stay readable while Holdfast
 * itself is upgraded one process after the other.
 *
 * <p>The rule: fields are only ever appended. A reader takes the default for a field that is
 * missing and ignores those past the ones it knows. Each message carries its <em>minimum
 * version</em>, the lowest one that reads it rightly, and not that of its sender; a reader refuses
 * it only if that is above its own. A field that an older reader must not ignore raises the minimum
 * of the messages it is in, and only of those: no process may send them before all are upgraded.
 */
public final class MessageVersion {
  /** What this side reads. */
  public static final int OWN = 1;

  /** What it takes to read what this side sends. */
  public static final int MINIMUM = 1;

  private MessageVersion() {}

  /**
   * Refuses a message that only a later version reads.
   *
   * @param minimum as the message says
   * @throws IllegalArgumentException with both versions in its text
   */
  public static void check(long minimum) {
    if (minimum > OWN) {
      throw new IllegalArgumentException(
          "message for version "
              + minimum
              + " and later, this side reads version "
              + OWN
              + ": upgrade it");
    }
    if (minimum < 1) {
      throw new IllegalArgumentException("message version " + minimum + ", expected 1 or more");
    }
  }
}
