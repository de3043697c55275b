package holdfast.backend.model;

import org.jspecify.annotations.Nullable;

/**
 * Reads records, and remembers the last: each voter sends the same text, which is long. One thread.
 */
public final class RecordReader {
  private String text = "";
  private @Nullable AcceptedRecord record;
  private long fingerprint;

  /**
   * The record of this text.
   *
   * @throws IllegalArgumentException if it is none
   */
  public AcceptedRecord read(String of) {
    AcceptedRecord last = record;
    if (last == null || !of.equals(text)) {
      last = RecordText.read(of);
      record = last;
      fingerprint = last.fingerprint();
      text = of;
    }
    return last;
  }

  /** {@link AcceptedRecord#fingerprint} of the record read last; 0 before. */
  public long fingerprint() {
    return fingerprint;
  }
}
