package holdfast.backend.link;

import java.time.Duration;

/**
 * How long a link waits.
 *
 * @param handshake from connected to ready
 * @param heartbeat a PING goes out when nothing has come for this long; zero for none
 * @param silence the link is closed when a reply is due and nothing has come for this long; zero
 *     for never
 */
public record LinkTimes(Duration handshake, Duration heartbeat, Duration silence) {
  /** Handshake 2 s, heartbeat 1 s, silence 5 s. */
  public static final LinkTimes STANDARD =
      new LinkTimes(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(5));

  public LinkTimes {
    if (handshake.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("handshake " + handshake + ", expected 1 ms or more");
    }
    if (heartbeat.isNegative() || silence.isNegative()) {
      throw new IllegalArgumentException(
          "heartbeat " + heartbeat + ", silence " + silence + ", expected 0 or more");
    }
  }
}
