package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * DEBUG, for tests and drills: refused unless it was allowed at the start, because DEBUG SLEEP
 * stops the server for everybody. Others add subcommands (CHANGE-REPL-ID).
 */
public final class DebugCommand {
  private static final long SLEEP_MILLIS_MAX = 3_600_000;

  /** Who may use it (enable-debug-command). */
  public enum Access {
    NO,
    /** Clients of this machine. */
    LOCAL,
    YES
  }

  private final Map<String, Handler> subcommands = new HashMap<>();
  private Access access = Access.NO;

  DebugCommand(Engine engine) {
    subcommands.put("sleep", DebugCommand::sleep);
    subcommands.put("object", DebugCommand::object);
    subcommands.put("set-active-expire", DebugCommand::setActiveExpire);
    subcommands.put("error", DebugCommand::error);
    subcommands.put("protocol", DebugCommand::protocol);
    subcommands.put("help", DebugCommand::help);
    engine.register("debug", this::run);
    engine.config().add("enable-debug-command", () -> access.name().toLowerCase(Locale.ROOT), null);
  }

  /** Who may use it from now on. */
  public void allow(Access value) {
    access = value;
  }

  private boolean isAllowed(Client client) {
    return switch (access) {
      case NO -> false;
      case LOCAL ->
          client.address().startsWith("127.0.0.1:")
              || client.address().startsWith("[::1]:")
              || client.address().startsWith("[0:0:0:0:0:0:0:1]:");
      case YES -> true;
    };
  }

  /** Adds a subcommand, by its name in lower case. */
  public void add(String name, Handler handler) {
    subcommands.put(name, handler);
  }

  private void run(Call call) {
    if (!isAllowed(call.client())) {
      throw new CommandError(
          "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\","
              + " you can run it from a local connection, otherwise you need to set this option"
              + " in the configuration file, and then restart the server.");
    }
    Handler handler = subcommands.get(Words.text(call.arg(1)).toLowerCase(Locale.ROOT));
    if (handler == null) {
      throw Help.syntax(call);
    }
    handler.run(call);
  }

  private static void sleep(Call call) {
    if (call.count() != 3) {
      throw Help.syntax(call);
    }
    double seconds = Numbers.parseDouble(call.arg(2)); // Redis takes what is no number for 0
    long millis = (long) Math.min(SLEEP_MILLIS_MAX, Math.max(0, seconds * 1000));
    call.engine().host().sleepMillis(millis);
    call.out().ok();
  }

  private static void object(Call call) {
    if (call.count() != 3) {
      throw Help.syntax(call);
    }
    Value value = call.db().peek(call.arg(2));
    if (value == null) {
      throw Errors.NO_SUCH_KEY;
    }
    long idleSeconds = Math.max(0, call.nowMillis() - value.usedAtMillis()) / 1000;
    call.out()
        .simple(
            "Value at:0x0 refcount:1 encoding:"
                + value.encoding()
                + " serializedlength:0 lru:0 lru_seconds_idle:"
                + idleSeconds);
  }

  private static void setActiveExpire(Call call) {
    if (call.count() != 3) {
      throw Help.syntax(call);
    }
    call.engine().keyspace().activeExpiry(!Words.text(call.arg(2)).equals("0"));
    call.out().ok();
  }

  private static void error(Call call) {
    if (call.count() != 3) {
      throw Help.syntax(call);
    }
    call.out().error(Words.text(call.arg(2)));
  }

  /** One reply of each type, for tests of clients. */
  private static void protocol(Call call) {
    if (call.count() != 3) {
      throw Help.syntax(call);
    }
    RespWriter out = call.out();
    switch (Words.text(call.arg(2)).toLowerCase(Locale.ROOT)) {
      case "string" -> out.bulk("Hello World");
      case "integer" -> out.integer(12345);
      case "double" -> out.number("3.141");
      case "null" -> out.nil();
      case "array" -> out.array(3).integer(0).integer(1).integer(2);
      case "set" -> out.set(3).integer(0).integer(1).integer(2);
      case "map" -> {
        out.map(3);
        for (int i = 0; i < 3; i++) {
          out.integer(i).bool(i == 1);
        }
      }
      case "push" -> {
        if (call.client().protocol() < 3) {
          throw new CommandError("ERR RESP2 is not supported by this command");
        }
        out.push(2).bulk("server-cpu-usage").integer(42);
        out.bulk("Some real reply following the push reply");
      }
      case "verbatim" -> out.verbatim("txt", "This is a verbatim\nstring");
      case "true" -> out.bool(true);
      case "false" -> out.bool(false);
      default ->
          throw new CommandError(
              "ERR Wrong protocol type name. Please use one of the following:"
                  + " string|integer|double|null|array|set|map|push|verbatim|true|false");
    }
  }

  private static void help(Call call) {
    Help.write(
        call,
        "ERROR <string>",
        "    Return a Redis protocol error with <string> as message.",
        "OBJECT <key>",
        "    Show low level info about `key` and associated value.",
        "PROTOCOL <type>",
        "    Reply with a test value of the specified type. <type> can be: string,",
        "    integer, double, null, array, set, map, push, verbatim, true, false.",
        "SET-ACTIVE-EXPIRE <0|1>",
        "    Setting it to 0 disables expiring keys in background when they are not",
        "    accessed (otherwise the Redis behavior). Setting it to 1 reenables it.",
        "SLEEP <seconds>",
        "    Stop the server for <seconds>. Decimals allowed.");
  }
}
