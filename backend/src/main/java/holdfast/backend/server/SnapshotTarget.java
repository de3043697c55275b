package holdfast.backend.server;

import java.io.OutputStream;

/** Where a snapshot goes while it is being made. All on the loop's thread. */
interface SnapshotTarget {
  /**
   * The snapshot begins: what it shows is the data now. Called before the moment is taken, so that
   * nothing of the stream after it is missed.
   */
  void begin();

  /** Where its bytes go; a write must not block for long. */
  OutputStream out();

  /** Whether it can take more now; if not, the snapshot pauses. */
  boolean isReady();

  /** Whether nobody wants it any more. */
  boolean isAbandoned();

  /** All of it has been written to {@link #out}. */
  void complete();

  /** It will not be completed. */
  void failed(String why);
}
