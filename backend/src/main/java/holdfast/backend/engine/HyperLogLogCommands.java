package holdfast.backend.engine;

import org.jspecify.annotations.Nullable;

/** PFADD, PFCOUNT and PFMERGE, over strings. Source: Redis {@code hyperloglog.c}. */
@SuppressWarnings("StaticAssignmentOfThrowable") // without stack trace, and immutable
final class HyperLogLogCommands {
  private static final CommandError NONE =
      new CommandError("WRONGTYPE Key is not a valid HyperLogLog string value.");
  private static final CommandError CORRUPT =
      new CommandError("INVALIDOBJ Corrupted HLL object detected");

  private HyperLogLogCommands() {}

  static void register(Engine engine) {
    engine.register("pfadd", call -> guarded(call, HyperLogLogCommands::add));
    engine.register("pfcount", call -> guarded(call, HyperLogLogCommands::count));
    engine.register("pfmerge", call -> guarded(call, HyperLogLogCommands::merge));
  }

  private static void guarded(Call call, Handler handler) {
    try {
      handler.run(call);
    } catch (IllegalStateException e) {
      throw CORRUPT; // a string that only looks like one
    }
  }

  private static @Nullable HyperLogLog of(@Nullable StringValue value) {
    if (value == null) {
      return null;
    }
    HyperLogLog found = HyperLogLog.of(value.bytes().clone());
    if (found == null) {
      throw NONE;
    }
    return found;
  }

  private static void store(Call call, byte[] key, HyperLogLog value) {
    call.db().putKeepingExpiry(key, StringValue.raw(value.bytes()));
    call.changed(key);
  }

  private static void add(Call call) {
    byte[] key = call.arg(1);
    HyperLogLog found = of(call.get(key, StringValue.class));
    HyperLogLog value = found == null ? HyperLogLog.empty() : found;
    boolean changed = found == null;
    for (int i = 2; i < call.count(); i++) {
      changed |= value.add(call.arg(i));
    }
    if (changed) {
      value.forgetEstimate();
      store(call, key, value);
    }
    call.out().integer(changed ? 1 : 0);
  }

  private static void count(Call call) {
    if (call.count() == 2) {
      countOne(call);
      return;
    }
    var registers = new byte[HyperLogLog.REGISTERS];
    for (int i = 1; i < call.count(); i++) {
      HyperLogLog value = of(call.read(call.arg(i), StringValue.class));
      if (value != null) {
        value.mergeInto(registers);
      }
    }
    call.out().integer(HyperLogLog.count(registers));
  }

  /** The estimate is kept in the value, which is a change that replicas get too. */
  private static void countOne(Call call) {
    HyperLogLog value = of(call.read(call.arg(1), StringValue.class));
    if (value == null) {
      call.out().integer(0);
      return;
    }
    if (!value.hasEstimate()) {
      var registers = new byte[HyperLogLog.REGISTERS];
      value.mergeInto(registers);
      value.estimate(HyperLogLog.count(registers));
      store(call, call.arg(1), value);
    }
    call.out().integer(value.estimate());
  }

  private static void merge(Call call) {
    var registers = new byte[HyperLogLog.REGISTERS];
    boolean dense = false;
    for (int i = 1; i < call.count(); i++) {
      HyperLogLog value = of(call.get(call.arg(i), StringValue.class));
      if (value != null) {
        dense |= value.isDense();
        value.mergeInto(registers);
      }
    }
    HyperLogLog found = of(call.get(call.arg(1), StringValue.class));
    HyperLogLog into = found == null ? HyperLogLog.empty() : found;
    if (dense) {
      into.toDense();
    }
    for (int i = 0; i < registers.length; i++) {
      if (registers[i] != 0) {
        into.raise(i, registers[i]);
      }
    }
    into.forgetEstimate();
    store(call, call.arg(1), into);
    call.out().ok();
  }
}
