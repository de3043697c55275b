package holdfast.backend.engine;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * CONFIG GET, SET and RESETSTAT. All parameters of one SET are checked before the first is set; if
 * one then refuses its value, those already set get their old values back.
 */
final class ConfigCommands {
  private ConfigCommands() {}

  static void register(Engine engine) {
    engine.register("config|get", ConfigCommands::get);
    engine.register("config|set", ConfigCommands::set);
    engine.register("config|resetstat", ConfigCommands::resetStat);
    engine.register("config|rewrite", ConfigCommands::rewrite);
    engine.register(
        "config|help",
        call ->
            Help.write(
                call,
                "GET <pattern>",
                "    Return parameters matching the glob-like <pattern> and their values.",
                "SET <directive> <value>",
                "    Set the configuration <directive> to <value>.",
                "RESETSTAT",
                "    Reset statistics reported by the INFO command.",
                "REWRITE",
                "    Rewrite the configuration file."));
  }

  private static void get(Call call) {
    var found = new LinkedHashMap<String, String>();
    for (int i = 2; i < call.count(); i++) {
      for (ConfigTable.Parameter parameter : call.engine().config().all()) {
        if (Glob.matches(call.arg(i), Words.bytes(parameter.name()), true)) {
          found.putIfAbsent(parameter.name(), parameter.get().get());
        }
      }
    }
    call.out().map(found.size());
    found.forEach((name, value) -> call.out().bulk(name).bulk(value));
  }

  private static void set(Call call) {
    if (call.count() % 2 != 0) {
      throw Errors.SYNTAX;
    }
    Map<String, String> wanted = new LinkedHashMap<>();
    for (int i = 2; i < call.count(); i += 2) {
      String name = Words.text(call.arg(i)).toLowerCase(Locale.ROOT);
      ConfigTable.Parameter parameter = call.engine().config().find(name);
      if (parameter == null) {
        throw new CommandError(
            "ERR Unknown option or number of arguments for CONFIG SET - '" + name + "'");
      }
      if (parameter.set() == null) {
        throw failure(name, "can't set immutable config");
      }
      if (wanted.putIfAbsent(name, Words.text(call.arg(i + 1))) != null) {
        throw failure(name, "duplicate parameter");
      }
    }
    Map<String, String> before = new LinkedHashMap<>();
    for (var entry : wanted.entrySet()) {
      ConfigTable.Parameter parameter = parameter(call, entry.getKey());
      String old = parameter.get().get();
      try {
        apply(parameter, entry.getValue());
      } catch (IllegalArgumentException e) {
        before.forEach((name, value) -> apply(parameter(call, name), value));
        throw failure(entry.getKey(), String.valueOf(e.getMessage()));
      }
      before.put(entry.getKey(), old);
    }
    call.out().ok();
  }

  private static ConfigTable.Parameter parameter(Call call, String name) {
    ConfigTable.@Nullable Parameter parameter = call.engine().config().find(name);
    if (parameter == null) {
      throw new IllegalStateException("parameter " + name + " is gone");
    }
    return parameter;
  }

  private static void apply(ConfigTable.Parameter parameter, String value) {
    var set = parameter.set();
    if (set != null) {
      set.accept(value);
    }
  }

  private static CommandError failure(String name, String why) {
    return new CommandError(
        "ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why);
  }

  private static void resetStat(Call call) {
    call.engine().stats().reset();
    call.engine().keyspace().resetExpiredKeys();
    call.out().ok();
  }

  private static void rewrite(Call call) {
    throw new CommandError("ERR The server is running without a config file");
  }
}
