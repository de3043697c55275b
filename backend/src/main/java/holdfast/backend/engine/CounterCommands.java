package holdfast.backend.engine;

/** INCR, DECR and their kin. Source: Redis {@code t_string.c}. */
final class CounterCommands {
  private static final byte[] ZERO = {'0'};

  private CounterCommands() {}

  static void register(Engine engine) {
    engine.register("incr", call -> add(call, 1));
    engine.register("decr", call -> add(call, -1));
    engine.register("incrby", call -> add(call, call.integer(2)));
    engine.register("decrby", CounterCommands::decrBy);
    engine.register("incrbyfloat", CounterCommands::incrByFloat);
  }

  private static void decrBy(Call call) {
    long by = call.integer(2);
    if (by == Long.MIN_VALUE) {
      throw new CommandError("ERR decrement would overflow");
    }
    add(call, -by);
  }

  private static void add(Call call, long by) {
    byte[] key = call.arg(1);
    StringValue value = call.get(key, StringValue.class);
    if (value != null && !value.isNumber() && !Numbers.isLong(value.bytes())) {
      throw Errors.NOT_AN_INTEGER;
    }
    long before = 0;
    if (value != null) {
      before = value.isNumber() ? value.number() : Numbers.parseLong(value.bytes());
    }
    long after = before + by;
    if (((before ^ after) & (by ^ after)) < 0) {
      throw Errors.OVERFLOW;
    }
    if (value == null) {
      call.db().put(key, StringValue.of(after));
    } else {
      value.number(after);
    }
    call.changed(key);
    call.out().integer(after);
  }

  private static void incrByFloat(Call call) {
    byte[] key = call.arg(1);
    StringValue value = call.get(key, StringValue.class);
    byte[] sum = sum(value == null ? ZERO : value.bytes(), call.arg(2));
    call.db().putKeepingExpiry(key, StringValue.ofFloat(sum));
    call.changed(key);
    // The sum, so that no replica computes it another way.
    call.propagate(Words.SET, key, sum, Words.KEEPTTL);
    call.out().bulk(sum);
  }

  private static byte[] sum(byte[] before, byte[] by) {
    LongDouble first = LongDouble.parse(before);
    LongDouble second = LongDouble.parse(by);
    boolean infinite = LongDouble.isInfinite(before) || LongDouble.isInfinite(by);
    if ((first == null && !LongDouble.isInfinite(before))
        || (second == null && !LongDouble.isInfinite(by))) {
      throw Errors.NOT_A_FLOAT;
    }
    LongDouble sum = first == null || second == null ? null : first.plus(second);
    if (infinite || sum == null) {
      throw Errors.NAN_OR_INFINITY;
    }
    return Words.bytes(sum.toString());
  }
}
