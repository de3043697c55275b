package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * SLOWLOG: the commands that took longest to execute lately, and the parameters that say what is
 * kept. The execution thread only. Source: Redis {@code slowlog.c}.
 */
@SuppressWarnings("StaticAssignmentOfThrowable") // without stack trace, and immutable
final class SlowLog {
  private static final int ARGUMENTS_MAX = 32;
  private static final int ARGUMENT_BYTES_MAX = 128;
  private static final CommandError COUNT =
      new CommandError("ERR count should be greater than or equal to -1");

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Entry(
      long id, long atSeconds, long micros, byte[][] args, String address, byte[] name) {}

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long thresholdMicros = 10_000;
  private int entriesMax = 128;
  private long lastId;

  void register(Engine engine) {
    engine.register("slowlog|get", this::get);
    engine.register("slowlog|len", call -> call.out().integer(entries.size()));
    engine.register(
        "slowlog|reset",
        call -> {
          entries.clear();
          call.out().ok();
        });
    engine.register(
        "slowlog|help",
        call ->
            Help.write(
                call,
                "GET [<count>]",
                "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
                "    Entries are made of:",
                "    id, timestamp, time in microseconds, arguments array, client IP and port,",
                "    client name",
                "LEN",
                "    Return the length of the slowlog.",
                "RESET",
                "    Reset the slowlog."));
    engine
        .config()
        .add(
            "slowlog-log-slower-than",
            () -> Long.toString(thresholdMicros),
            text -> thresholdMicros = StandardConfig.number(text, -1, Long.MAX_VALUE));
    engine
        .config()
        .add(
            "slowlog-max-len",
            () -> Integer.toString(entriesMax),
            text -> {
              entriesMax = (int) StandardConfig.number(text, 0, Integer.MAX_VALUE);
              trim();
            });
  }

  /** Whether times are to be taken. */
  boolean isOn() {
    return thresholdMicros >= 0;
  }

  /** A command has been executed, and took so long. */
  void executed(Call call, long nanos) {
    long micros = nanos / 1000;
    if (micros < thresholdMicros || call.facts().name().equals("exec")) {
      return; // of a transaction each command counts by itself
    }
    Client client = call.client();
    long seconds = call.nowMillis() / 1000;
    byte[][] args = shown(call.args());
    entries.addFirst(new Entry(lastId++, seconds, micros, args, client.address(), client.name()));
    trim();
  }

  private void trim() {
    while (entries.size() > entriesMax) {
      entries.removeLast();
    }
  }

  private static byte[][] shown(byte[][] args) {
    byte[][] shown = Arrays.copyOf(args, Math.min(args.length, ARGUMENTS_MAX));
    for (int i = 0; i < shown.length; i++) {
      int more = shown[i].length - ARGUMENT_BYTES_MAX;
      if (i == ARGUMENTS_MAX - 1 && args.length > ARGUMENTS_MAX) {
        int left = args.length - ARGUMENTS_MAX + 1;
        shown[i] = Words.bytes("... (" + left + " more arguments)");
      } else if (more > 0) {
        byte[] note = Words.bytes("... (" + more + " more bytes)");
        byte[] cut = Arrays.copyOf(shown[i], ARGUMENT_BYTES_MAX + note.length);
        System.arraycopy(note, 0, cut, ARGUMENT_BYTES_MAX, note.length);
        shown[i] = cut;
      }
    }
    return shown;
  }

  private void get(Call call) {
    if (call.count() > 3) {
      throw Help.syntax(call);
    }
    long asked = call.count() == 3 ? call.integer(2, -1, Long.MAX_VALUE, COUNT) : 10;
    int count = asked < 0 ? entries.size() : (int) Math.min(asked, entries.size());
    RespWriter out = call.out().array(count);
    for (Entry entry : entries) {
      if (count-- == 0) {
        return;
      }
      out.array(6).integer(entry.id).integer(entry.atSeconds).integer(entry.micros);
      out.array(entry.args.length);
      for (byte[] arg : entry.args) {
        out.bulk(arg);
      }
      out.bulk(entry.address).bulk(entry.name);
    }
  }
}
