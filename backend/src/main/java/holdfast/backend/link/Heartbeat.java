package holdfast.backend.link;

/**
 * When to say PING, and when a silent backend is given up (pure). It looks at the link now and then
 * instead of reading a clock at each reply, so its times are right to within a quarter.
 *
 * <p>Silence counts only while a reply is due, and only as long as we looked: after a pause of our
 * own (this process was stopped, say) it starts anew, because what came meanwhile has not been
 * read.
 */
final class Heartbeat {
  enum Action {
    NOTHING,
    PING,
    GIVE_UP
  }

  private final long heartbeatNanos;
  private final long silenceNanos;
  private final long tickNanos;
  private long lastTickNanos;
  private long heardNanos;
  private long quietSinceNanos;

  /** Zero turns heartbeat or silence off. */
  Heartbeat(long heartbeatNanos, long silenceNanos, long nowNanos) {
    this.heartbeatNanos = heartbeatNanos;
    this.silenceNanos = silenceNanos;
    long shortest =
        heartbeatNanos == 0 || silenceNanos == 0
            ? Math.max(heartbeatNanos, silenceNanos)
            : Math.min(heartbeatNanos, silenceNanos);
    this.tickNanos = Math.max(1_000_000, shortest == 0 ? 1_000_000_000L : shortest / 4);
    this.lastTickNanos = nowNanos;
    this.heardNanos = nowNanos;
    this.quietSinceNanos = nowNanos;
  }

  /** How often to call {@link #tick}. */
  long tickNanos() {
    return tickNanos;
  }

  /**
   * Looks at the link.
   *
   * @param heard whether anything came since the last look
   * @param due whether a reply is due that the backend could give at once
   * @param idle whether a PING would be answered at once
   */
  Action tick(long nowNanos, boolean heard, boolean due, boolean idle) {
    boolean pausedOurselves = nowNanos - lastTickNanos > 3 * tickNanos;
    lastTickNanos = nowNanos;
    if (heard) {
      heardNanos = nowNanos;
    }
    if (heard || !due || pausedOurselves) {
      quietSinceNanos = nowNanos;
    }
    if (silenceNanos > 0 && nowNanos - quietSinceNanos >= silenceNanos) {
      return Action.GIVE_UP;
    }
    return heartbeatNanos > 0 && idle && nowNanos - heardNanos >= heartbeatNanos
        ? Action.PING
        : Action.NOTHING;
  }
}
