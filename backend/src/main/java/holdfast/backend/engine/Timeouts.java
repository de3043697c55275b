package holdfast.backend.engine;

/** The timeouts of blocking commands. Source: Redis {@code timeout.c}, getTimeoutFromObject. */
final class Timeouts {
  private static final double MILLIS_PER_SECOND = 1000;

  private Timeouts() {}

  /**
   * When the wait ends that an argument gives in seconds.
   *
   * @return wall-clock milliseconds since 1970; 0 for never
   * @throws CommandError no number, or negative
   */
  static long deadlineMillis(Call call, int at) {
    double seconds = Numbers.parseDouble(call.arg(at));
    if (Double.isNaN(seconds)) {
      throw Errors.TIMEOUT_NOT_A_FLOAT;
    }
    double millis = Math.ceil(seconds * MILLIS_PER_SECOND);
    // Redis converts without a look at the range, and what does not fit comes out negative.
    if (millis < 0 || millis >= 0x1p63) {
      throw Errors.TIMEOUT_NEGATIVE;
    }
    if (millis == 0 || millis > Long.MAX_VALUE - call.nowMillis()) {
      return 0;
    }
    return (long) millis + call.nowMillis();
  }
}
