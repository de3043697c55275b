package holdfast.backend.testing;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandTable;
import holdfast.backend.command.KeySpec;
import java.util.Collection;
import java.util.List;

/** What a server that has the commands of a table answers to {@code COMMAND}, in RESP2. */
public final class CommandReplies {
  private CommandReplies() {}

  /** The whole reply. */
  public static String of(CommandTable table) {
    var out = new StringBuilder();
    commands(out, table.commands());
    return out.toString();
  }

  private static void commands(StringBuilder out, Collection<CommandFacts> commands) {
    array(out, commands.size());
    commands.forEach(facts -> command(out, facts));
  }

  private static void command(StringBuilder out, CommandFacts facts) {
    array(out, 10);
    bulk(out, facts.name());
    integer(out, facts.arity());
    statuses(out, facts.flags());
    integer(out, facts.firstKey());
    integer(out, facts.lastKey());
    integer(out, facts.keyStep());
    statuses(out, facts.aclCategories());
    array(out, facts.tips().size());
    facts.tips().forEach(tip -> bulk(out, tip));
    array(out, facts.keySpecs().size());
    facts.keySpecs().forEach(spec -> keySpec(out, spec));
    commands(out, facts.subcommands());
  }

  private static void keySpec(StringBuilder out, KeySpec spec) {
    array(out, 6);
    bulk(out, "flags");
    statuses(out, spec.flags());
    bulk(out, "begin_search");
    switch (spec.begin()) {
      case KeySpec.Begin.Index(int at) -> typed(out, "index", "index", at);
      case KeySpec.Begin.Keyword(String word, int from) -> {
        array(out, 4);
        bulk(out, "type");
        bulk(out, "keyword");
        bulk(out, "spec");
        array(out, 4);
        bulk(out, "keyword");
        bulk(out, word);
        bulk(out, "startfrom");
        integer(out, from);
      }
      case KeySpec.Begin.Unknown() -> typed(out, "unknown");
    }
    bulk(out, "find_keys");
    switch (spec.find()) {
      case KeySpec.Find.Range(int last, int step, int limit) ->
          typed(out, "range", "lastkey", last, "keystep", step, "limit", limit);
      case KeySpec.Find.KeyNum(int at, int first, int step) ->
          typed(out, "keynum", "keynumidx", at, "firstkey", first, "keystep", step);
      case KeySpec.Find.Unknown() -> typed(out, "unknown");
    }
  }

  private static void typed(StringBuilder out, String type, Object... pairs) {
    array(out, 4);
    bulk(out, "type");
    bulk(out, type);
    bulk(out, "spec");
    array(out, pairs.length);
    for (int i = 0; i < pairs.length; i += 2) {
      bulk(out, (String) pairs[i]);
      integer(out, (Integer) pairs[i + 1]);
    }
  }

  private static void statuses(StringBuilder out, List<String> words) {
    array(out, words.size());
    words.forEach(word -> out.append('+').append(word).append("\r\n"));
  }

  private static void array(StringBuilder out, int size) {
    out.append('*').append(size).append("\r\n");
  }

  private static void integer(StringBuilder out, int value) {
    out.append(':').append(value).append("\r\n");
  }

  private static void bulk(StringBuilder out, String text) {
    out.append('$').append(text.length()).append("\r\n").append(text).append("\r\n");
  }
}
