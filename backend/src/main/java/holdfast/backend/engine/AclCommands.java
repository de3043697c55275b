package holdfast.backend.engine;

import holdfast.backend.command.CommandFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The little of ACL that makes sense with one user: who am I, and what categories there are. */
final class AclCommands {
  private static final List<String> CATEGORIES =
      List.of(
          "keyspace",
          "read",
          "write",
          "set",
          "sortedset",
          "list",
          "hash",
          "string",
          "bitmap",
          "hyperloglog",
          "geo",
          "stream",
          "pubsub",
          "admin",
          "fast",
          "slow",
          "blocking",
          "dangerous",
          "connection",
          "transaction",
          "scripting");

  private AclCommands() {}

  static void register(Engine engine) {
    engine.register("acl|whoami", call -> call.out().bulk("default"));
    engine.register("acl|users", call -> call.out().array(1).bulk("default"));
    engine.register("acl|cat", AclCommands::categories);
    engine.register(
        "acl|help",
        call ->
            Help.write(
                call,
                "CAT [<category>]",
                "    List all commands that belong to <category>, or all command categories",
                "    when no category is specified.",
                "USERS",
                "    List all the registered usernames.",
                "WHOAMI",
                "    Return the current connection username."));
  }

  private static void categories(Call call) {
    if (call.count() > 3) {
      throw Help.syntax(call);
    }
    if (call.count() == 2) {
      call.out().array(CATEGORIES.size());
      CATEGORIES.forEach(call.out()::bulk);
      return;
    }
    String category = Words.text(call.arg(2)).toLowerCase(Locale.ROOT);
    if (!CATEGORIES.contains(category)) {
      throw new CommandError("ERR Unknown category '" + Words.text(call.arg(2)) + "'");
    }
    Engine engine = call.engine();
    var names = new ArrayList<byte[]>();
    for (CommandFacts facts : engine.table().commands()) {
      add(engine, facts, category, names);
      facts.subcommands().forEach(subcommand -> add(engine, subcommand, category, names));
    }
    Replies.bulks(call.out(), names);
  }

  private static void add(Engine engine, CommandFacts facts, String category, List<byte[]> names) {
    if (engine.isImplemented(facts) && facts.aclCategories().contains("@" + category)) {
      names.add(facts.nameBytes());
    }
  }
}
