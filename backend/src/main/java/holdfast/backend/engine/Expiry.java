package holdfast.backend.engine;

/**
 * Times that commands give for keys to expire. Source: Redis {@code t_string.c}, {@code expire.c}.
 */
final class Expiry {
  /** How a time is meant: relative or absolute, seconds or milliseconds. */
  enum Unit {
    EX(true, true),
    PX(true, false),
    EXAT(false, true),
    PXAT(false, false);

    private final boolean relative;
    private final boolean seconds;

    Unit(boolean relative, boolean seconds) {
      this.relative = relative;
      this.seconds = seconds;
    }

    boolean isRelative() {
      return relative;
    }

    boolean isSeconds() {
      return seconds;
    }
  }

  private Expiry() {}

  /**
   * For SET and its kin: a time greater than zero.
   *
   * @return wall-clock milliseconds
   * @throws CommandError not an integer, or invalid expire time
   */
  static long positive(Call call, int at, Unit unit) {
    long given = call.integer(at);
    if (given <= 0 || (unit.seconds && given > Long.MAX_VALUE / 1000)) {
      throw Errors.expireTime(call.facts().name());
    }
    return wallMillis(call, given, unit);
  }

  /** For EXPIRE and its kin: any time that fits into 64 bits. */
  static long any(Call call, int at, Unit unit) {
    long given = call.integer(at);
    if (unit.seconds && (given > Long.MAX_VALUE / 1000 || given < Long.MIN_VALUE / 1000)) {
      throw Errors.expireTime(call.facts().name());
    }
    return wallMillis(call, given, unit);
  }

  /** {@code given}, of which milliseconds fit into 64 bits, as a time of the wall clock. */
  private static long wallMillis(Call call, long given, Unit unit) {
    long millis = unit.seconds ? given * 1000 : given;
    if (unit.relative) {
      if (millis > Long.MAX_VALUE - call.nowMillis()) {
        throw Errors.expireTime(call.facts().name());
      }
      millis += call.nowMillis();
    }
    return millis;
  }

  /** Whether a key with this expiry is to be deleted at once; never by a replica. */
  static boolean isPast(Call call, long atMillis) {
    ServerGate gate = call.engine().gate();
    return atMillis <= call.nowMillis() && !gate.isLoading() && !gate.isReplica();
  }
}
