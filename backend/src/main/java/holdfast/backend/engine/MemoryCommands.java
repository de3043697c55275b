package holdfast.backend.engine;

/**
 * MEMORY: what a key costs and how much is in use, as far as a program in a Java heap can know.
 * Sizes are estimates: bytes of the data, and for each object and reference around it what a 64-bit
 * JVM with compact headers takes. Source of the forms: Redis {@code object.c}.
 */
final class MemoryCommands {
  /** An array's header. */
  private static final long ARRAY_BYTES = 16;

  /** A value's own object, and the entry that leads to it. */
  private static final long KEY_BYTES = 88;

  /** What a collection's element costs beside its bytes: a reference, a place in a table. */
  private static final long ELEMENT_BYTES = 16;

  /** A member of a sorted set is in a table and in a list that is sorted. */
  private static final long SORTED_ELEMENT_BYTES = 72;

  private MemoryCommands() {}

  static void register(Engine engine) {
    engine.register("memory|usage", MemoryCommands::usage);
    engine.register("memory|doctor", MemoryCommands::doctor);
    engine.register("memory|stats", MemoryCommands::stats);
    engine.register("memory|purge", call -> call.out().ok()); // the JVM sees to that
    engine.register("memory|malloc-stats", call -> call.out().verbatim("txt", inUse(call) + "\n"));
    engine.register(
        "memory|help",
        call ->
            Help.write(
                call,
                "DOCTOR",
                "    Return memory problems reports.",
                "MALLOC-STATS",
                "    Return internal statistics report from the memory allocator.",
                "PURGE",
                "    Attempt to purge dirty pages for reclamation by the allocator.",
                "STATS",
                "    Return information about the memory usage of the server.",
                "USAGE <key> [SAMPLES <count>]",
                "    Return memory in bytes used by <key> and its value. Nested values are",
                "    sampled up to <count> times (default: 5, 0 means sample all)."));
  }

  private static void usage(Call call) {
    for (int at = 3; at < call.count(); at += 2) {
      if (!call.is(at, "samples") || at + 1 == call.count()) {
        throw Errors.SYNTAX;
      }
      if (call.integer(at + 1) < 0) { // otherwise without effect: all are looked at
        throw Errors.SYNTAX;
      }
    }
    Value value = call.db().peek(call.arg(2));
    if (value == null) {
      call.out().nil();
    } else {
      call.out().integer(KEY_BYTES + array(call.arg(2).length) + bytes(value));
    }
  }

  private static long array(int length) {
    return ARRAY_BYTES + (length + 7L) / 8 * 8;
  }

  private static long bytes(Value value) {
    long[] sum = {0};
    switch (value) {
      case StringValue text -> sum[0] = text.isNumber() ? 0 : array(text.length());
      case ListValue list -> list.forEach(e -> sum[0] += ELEMENT_BYTES + array(e.length));
      case SetValue set -> set.forEach(e -> sum[0] += ELEMENT_BYTES + array(e.length));
      case HashValue hash ->
          hash.forEach((f, v) -> sum[0] += 2 * ELEMENT_BYTES + array(f.length) + array(v.length));
      case SortedSetValue sorted ->
          sorted.forEach((m, score) -> sum[0] += SORTED_ELEMENT_BYTES + array(m.length));
    }
    return sum[0];
  }

  private static String inUse(Call call) {
    return call.engine().host().usedMemoryBytes()
        + " bytes of the Java heap are in use, garbage not yet collected included.";
  }

  private static void doctor(Call call) {
    call.out().verbatim("txt", inUse(call) + " No key is ever evicted.\n");
  }

  private static void stats(Call call) {
    long used = call.engine().host().usedMemoryBytes();
    long keys = 0;
    for (Database database : call.engine().keyspace().databases()) {
      keys += database.size();
    }
    call.out().map(3);
    call.out().bulk("total.allocated").integer(used);
    call.out().bulk("keys.count").integer(keys);
    call.out().bulk("keys.bytes-per-key").integer(keys == 0 ? 0 : used / keys);
  }
}
