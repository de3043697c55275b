package holdfast.backend.engine;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * DEBUG, for tests and drills: refused unless it was allowed at the start, because DEBUG SLEEP
 * stops the server for everybody. Others add subcommands (CHANGE-REPL-ID).
 */
public final class DebugCommand {
  private static final long SLEEP_MILLIS_MAX = 3_600_000;

  private final Map<String, Handler> subcommands = new HashMap<>();
  private boolean allowed;

  DebugCommand(Engine engine) {
    subcommands.put("sleep", DebugCommand::sleep);
    subcommands.put("object", DebugCommand::object);
    subcommands.put("set-active-expire", DebugCommand::setActiveExpire);
    engine.register("debug", this::run);
    engine.config().add("enable-debug-command", () -> allowed ? "yes" : "no", null);
  }

  /** Whether clients may use it (enable-debug-command). */
  public void allow(boolean value) {
    allowed = value;
  }

  /** Adds a subcommand, by its name in lower case. */
  public void add(String name, Handler handler) {
    subcommands.put(name, handler);
  }

  private void run(Call call) {
    if (!allowed) {
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
    double seconds = call.number(2);
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
}
