package holdfast.backend.engine;

import holdfast.backend.command.CommandDocs;
import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.KeyPositions;
import holdfast.backend.resp.RespValue;
import holdfast.backend.resp.RespWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** COMMAND and its subcommands, of the commands that this engine has. */
final class CommandCommands {
  private final Engine engine;
  private @Nullable CommandDocs docs;

  private CommandCommands(Engine engine) {
    this.engine = engine;
  }

  static void register(Engine engine) {
    var commands = new CommandCommands(engine);
    engine.register("command", commands::all);
    engine.register("command|count", call -> call.out().integer(commands.implemented().size()));
    engine.register("command|list", commands::list);
    engine.register("command|info", commands::info);
    engine.register("command|docs", commands::docs);
    engine.register("command|getkeys", call -> commands.keys(call, false));
    engine.register("command|getkeysandflags", call -> commands.keys(call, true));
    engine.register(
        "command|help",
        call ->
            Help.write(
                call,
                "(no subcommand)",
                "    Return details about all Redis commands.",
                "COUNT",
                "    Return the total number of commands in this Redis server.",
                "LIST",
                "    Return a list of all commands in this Redis server.",
                "INFO [<command-name> ...]",
                "    Return details about multiple Redis commands.",
                "    If no command names are given, documentation details for all",
                "    commands are returned.",
                "DOCS [<command-name> ...]",
                "    Return documentation details about multiple Redis commands.",
                "    If no command names are given, documentation details for all",
                "    commands are returned.",
                "GETKEYS <full-command>",
                "    Return the keys from a full Redis command.",
                "GETKEYSANDFLAGS <full-command>",
                "    Return the keys and the access flags from a full Redis command."));
  }

  private List<CommandFacts> implemented() {
    var found = new ArrayList<>(engine.table().commands());
    found.removeIf(facts -> !engine.isImplemented(facts));
    return found;
  }

  /** The command or subcommand ("client|id") of this name that the engine has, or null. */
  private @Nullable CommandFacts find(byte[] name) {
    String text = Words.text(name).toLowerCase(Locale.ROOT);
    CommandFacts facts = engine.table().find(text);
    return facts == null || !engine.isImplemented(facts) ? null : facts;
  }

  private void all(Call call) {
    List<CommandFacts> commands = implemented();
    call.out().array(commands.size());
    commands.forEach(facts -> write(call.out(), facts));
  }

  private void info(Call call) {
    if (call.count() == 2) {
      all(call);
      return;
    }
    call.out().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      CommandFacts facts = find(call.arg(i));
      if (facts == null) {
        call.out().nilArray();
      } else {
        write(call.out(), facts);
      }
    }
  }

  private void write(RespWriter out, CommandFacts facts) {
    out.array(10).bulk(facts.name()).integer(facts.arity());
    out.set(facts.flags().size());
    facts.flags().forEach(out::simple);
    out.integer(facts.firstKey()).integer(facts.lastKey()).integer(facts.keyStep());
    out.set(facts.aclCategories().size());
    facts.aclCategories().forEach(out::simple);
    out.set(facts.tips().size());
    facts.tips().forEach(out::bulk);
    KeySpecReply.write(out, facts.keySpecs());
    var subcommands = new ArrayList<>(facts.subcommands());
    subcommands.removeIf(subcommand -> !engine.isImplemented(subcommand));
    if (subcommands.isEmpty()) {
      out.set(0);
    } else {
      out.array(subcommands.size());
      subcommands.forEach(subcommand -> write(out, subcommand));
    }
  }

  private void list(Call call) {
    if (call.count() != 2 && (call.count() != 5 || !call.is(2, "FILTERBY"))) {
      throw Errors.SYNTAX;
    }
    var names = new ArrayList<byte[]>();
    for (CommandFacts facts : implemented()) {
      addIfWanted(call, facts, names);
      facts.subcommands().stream()
          .filter(engine::isImplemented)
          .forEach(subcommand -> addIfWanted(call, subcommand, names));
    }
    Replies.bulks(call.out(), names);
  }

  private static void addIfWanted(Call call, CommandFacts facts, List<byte[]> names) {
    if (call.count() == 2) {
      names.add(facts.nameBytes());
      return;
    }
    byte[] filter = call.arg(4);
    boolean wanted;
    if (call.is(3, "MODULE")) {
      wanted = false; // there are none
    } else if (call.is(3, "ACLCAT")) {
      String category = "@" + Words.text(filter).toLowerCase(Locale.ROOT);
      wanted = facts.aclCategories().contains(category);
    } else if (call.is(3, "PATTERN")) {
      wanted = Glob.matches(filter, facts.nameBytes(), true);
    } else {
      throw Errors.SYNTAX;
    }
    if (wanted) {
      names.add(facts.nameBytes());
    }
  }

  private void docs(Call call) {
    CommandDocs known = docs;
    if (known == null) {
      known = CommandDocs.redis7();
      docs = known;
    }
    List<CommandFacts> wanted = implemented();
    if (call.count() > 2) {
      wanted = new ArrayList<>();
      for (int i = 2; i < call.count(); i++) {
        CommandFacts facts = find(call.arg(i));
        if (facts != null) {
          wanted.add(facts);
        }
      }
    }
    call.out().map(wanted.size());
    for (CommandFacts facts : wanted) {
      call.out().bulk(facts.name());
      RespValue about = known.of(facts);
      if (about == null) {
        call.out().map(0);
      } else {
        write(call.out(), about);
      }
    }
  }

  /** Writes a part of the documentation, leaving out subcommands that the engine does not have. */
  private void write(RespWriter out, RespValue value) {
    switch (value) {
      case RespValue.Pairs(List<RespValue> pairs) -> {
        var kept = new ArrayList<RespValue>();
        for (int i = 0; i < pairs.size(); i += 2) {
          String name = pairs.get(i).text();
          if (name.indexOf('|') < 0 || find(Words.bytes(name)) != null) {
            kept.add(pairs.get(i));
            kept.add(pairs.get(i + 1));
          }
        }
        out.map(kept.size() / 2);
        kept.forEach(item -> write(out, item));
      }
      case RespValue.Members(List<RespValue> items) -> {
        out.set(items.size());
        items.forEach(item -> write(out, item));
      }
      case RespValue.Array(List<RespValue> items) -> {
        out.array(items.size());
        items.forEach(item -> write(out, item));
      }
      case RespValue.Bulk(byte[] bytes) -> out.bulk(bytes);
      case RespValue.Int(long number) -> out.integer(number);
      default -> out.simple(value.text());
    }
  }

  private void keys(Call call, boolean withFlags) {
    byte[][] request = Arrays.copyOfRange(call.args(), 2, call.count());
    CommandFacts facts = engine.table().find(request[0]);
    if (facts != null && facts.hasSubcommands() && request.length > 1) {
      facts = facts.subcommand(request[1], 0, request[1].length);
    }
    if (facts == null || !engine.isImplemented(facts)) {
      throw new CommandError("ERR Invalid command specified");
    }
    if (facts.keySpecs().isEmpty()) {
      throw new CommandError("ERR The command has no key arguments");
    }
    if (!facts.acceptsArguments(request.length)) {
      throw new CommandError("ERR Invalid number of arguments specified for command");
    }
    var found = new ArrayList<KeyPositions.Found>();
    if (!KeyPositions.find(facts, request, found)) {
      throw new CommandError("ERR Invalid arguments specified for command");
    }
    call.out().array(found.size());
    for (KeyPositions.Found key : found) {
      if (withFlags) {
        call.out().array(2).bulk(request[key.at()]).set(key.flags().size());
        key.flags().forEach(call.out()::simple);
      } else {
        call.out().bulk(request[key.at()]);
      }
    }
  }
}
