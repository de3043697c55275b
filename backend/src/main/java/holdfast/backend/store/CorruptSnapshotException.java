package holdfast.backend.store;

import java.io.IOException;

/** A snapshot or log that is damaged or holds what we cannot keep; the text says what and where. */
public class CorruptSnapshotException extends IOException {
  private static final long serialVersionUID = 1;

  /** Says what is wrong. */
  public CorruptSnapshotException(String message) {
    super(message);
  }

  /** Says what is wrong and what lies beneath. */
  public CorruptSnapshotException(String message, Throwable cause) {
    super(message, cause);
  }
}
