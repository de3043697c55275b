package holdfast.proxy.hold;

import java.time.Duration;

/**
 * How long and how much may wait for a master.
 *
 * @param window how long a command waits before its client is told
 * @param clientBytesMax bytes that one client may have waiting here; what exceeds it waits in its
 *     socket
 * @param totalBytesMax bytes that all clients of one loop together may have waiting; what exceeds
 *     it is refused at once
 * @param clientCommandsMax commands of one client that may wait to be repeated; one with more in
 *     flight is not read from
 */
public record HoldLimits(
    Duration window, int clientBytesMax, long totalBytesMax, int clientCommandsMax) {
  private static final int MB = 1024 * 1024;

  /** 10 s; 1 MB a client, 64 MB in all. */
  public static final HoldLimits STANDARD =
      new HoldLimits(Duration.ofSeconds(10), MB, 64L * MB, 16 * 1024);

  /** Checks each limit and that they fit each other. */
  public HoldLimits {
    if (window.isNegative() || window.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("hold window " + window + ", expected 0 to 1 h");
    }
    if (clientBytesMax < 1024) {
      throw new IllegalArgumentException(
          "hold bytes per client " + clientBytesMax + ", expected at least 1024");
    }
    if (totalBytesMax < clientBytesMax) {
      throw new IllegalArgumentException(
          "hold bytes in all "
              + totalBytesMax
              + ", expected at least those of one client, "
              + clientBytesMax);
    }
    if (clientCommandsMax < 1) {
      throw new IllegalArgumentException(
          "hold commands per client " + clientCommandsMax + ", expected at least 1");
    }
  }
}
