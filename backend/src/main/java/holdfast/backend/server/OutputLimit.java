package holdfast.backend.server;

/**
 * How much may wait for a peer that does not read, as Redis's client-output-buffer-limit.
 *
 * @param hardBytes more than this closes the connection at once; 0 for no limit
 * @param softBytes more than this for {@code softSeconds} closes it too; 0 for no limit
 */
public record OutputLimit(long hardBytes, long softBytes, int softSeconds) {
  /** Checks that nothing is negative. */
  public OutputLimit {
    if (hardBytes < 0 || softBytes < 0 || softSeconds < 0) {
      throw new IllegalArgumentException(
          "output limit " + hardBytes + " " + softBytes + " " + softSeconds + ", expected >= 0");
    }
  }

  /** As CONFIG GET shows it. */
  String show() {
    return hardBytes + " " + softBytes + " " + softSeconds;
  }

  /** Watches one connection. */
  static final class Watch {
    private long softSinceNanos;
    private boolean overSoft;

    /** Whether {@code pendingBytes} now is too much. */
    boolean exceeded(OutputLimit limit, long pendingBytes, long nowNanos) {
      if (limit.hardBytes > 0 && pendingBytes > limit.hardBytes) {
        return true;
      }
      if (limit.softBytes == 0 || pendingBytes <= limit.softBytes) {
        overSoft = false;
        return false;
      }
      if (!overSoft) {
        overSoft = true;
        softSinceNanos = nowNanos;
      }
      return nowNanos - softSinceNanos >= limit.softSeconds * 1_000_000_000L;
    }
  }
}
