package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.Locale;

/** Commands on the server as a whole: INFO, TIME, FLUSHALL, SWAPDB, OBJECT. */
final class ServerCommands {
  /** Redis keeps one object for each of these numbers and says so by a huge REFCOUNT. */
  private static final long SHARED_NUMBERS = 10_000;

  private ServerCommands() {}

  static void register(Engine engine) {
    engine.register("info", ServerCommands::info);
    engine.register("time", ServerCommands::time);
    engine.register("flushdb", ServerCommands::flushDb);
    engine.register("flushall", ServerCommands::flushAll);
    engine.register("swapdb", ServerCommands::swapDb);
    engine.register("object|encoding", ServerCommands::encoding);
    engine.register("object|refcount", ServerCommands::refCount);
    engine.register("object|idletime", ServerCommands::idleTime);
    engine.register("object|freq", ServerCommands::frequency);
    engine.register(
        "object|help",
        call ->
            Help.write(
                call,
                "ENCODING <key>",
                "    Return the kind of internal representation used in order to store the value",
                "    associated with a <key>.",
                "FREQ <key>",
                "    Return the access frequency index of the <key>. The returned integer is",
                "    proportional to the logarithm of the recent access frequency of the key.",
                "IDLETIME <key>",
                "    Return the idle time of the <key>, that is the approximated number of",
                "    seconds elapsed since the last access to the key.",
                "REFCOUNT <key>",
                "    Return the number of references of the value associated with the specified",
                "    <key>."));
  }

  private static void info(Call call) {
    var sections = new ArrayList<String>();
    for (int i = 1; i < call.count(); i++) {
      sections.add(Words.text(call.arg(i)).toLowerCase(Locale.ROOT));
    }
    call.out().verbatim("txt", call.engine().info().write(sections));
  }

  private static void time(Call call) {
    long millis = call.nowMillis();
    call.out().array(2).bulk(millis / 1000).bulk(millis % 1000 * 1000);
  }

  private static void checkFlushOptions(Call call) {
    boolean known = call.count() == 2 && (call.is(1, "sync") || call.is(1, "async"));
    if (call.count() > 1 && !known) {
      throw Errors.SYNTAX;
    }
  }

  private static void flushDb(Call call) {
    checkFlushOptions(call);
    call.db().clear();
    call.changed();
    call.out().ok();
  }

  private static void flushAll(Call call) {
    checkFlushOptions(call);
    call.engine().keyspace().clear();
    call.changed();
    call.out().ok();
  }

  private static void swapDb(Call call) {
    long first = call.integer(1, new CommandError("ERR invalid first DB index"));
    long second = call.integer(2, new CommandError("ERR invalid second DB index"));
    Keyspace keyspace = call.engine().keyspace();
    if (first < 0 || first >= keyspace.size() || second < 0 || second >= keyspace.size()) {
      throw Errors.DB_INDEX;
    }
    if (first != second) {
      keyspace.database((int) first).swap(keyspace.database((int) second));
    }
    call.changed();
    call.out().ok();
  }

  private static void encoding(Call call) {
    Value value = call.db().peek(call.arg(2));
    if (value == null) {
      call.out().nil();
    } else {
      call.out().bulk(value.encoding());
    }
  }

  private static void refCount(Call call) {
    Value value = call.db().peek(call.arg(2));
    if (value == null) {
      call.out().nil();
      return;
    }
    boolean shared =
        value instanceof StringValue string
            && string.isNumber()
            && string.number() >= 0
            && string.number() < SHARED_NUMBERS;
    call.out().integer(shared ? Integer.MAX_VALUE : 1);
  }

  private static void idleTime(Call call) {
    Value value = call.db().peek(call.arg(2));
    if (value == null) {
      call.out().nil();
    } else {
      call.out().integer(Math.max(0, call.nowMillis() - value.usedAtMillis()) / 1000);
    }
  }

  private static void frequency(Call call) {
    if (call.db().peek(call.arg(2)) == null) {
      call.out().nil();
      return;
    }
    throw new CommandError(
        "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note"
            + " that when switching between policies at runtime LRU and LFU data will take some"
            + " time to adjust.");
  }
}
