package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandTable;
import holdfast.routing.command.CommandClasses;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Route;
import holdfast.routing.command.Special;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** proxy/COMMANDS.md says what the code does: -Dholdfast.documents.write=true writes it anew. */
class CommandsDocumentTest {
  private static final Path FILE = Path.of("COMMANDS.md");

  private static final String HEAD =
      """
      # Commands that the proxy treats by name

      Made from the code by `CommandsDocumentTest`, for the commands of Redis 7.0; what a newer server, or a module, has besides is treated by the flags that the server's own COMMAND gives it: reads may
      go to a replica if that is asked for, what blocks gets a link of its own, all else goes to the master as it is. A command that the server does not list is a write. Names and numbers of
      arguments are checked as a server does it, before anything else.

      That all this is what one Redis would answer is compared command by command: [CONFORMANCE.md](CONFORMANCE.md).

      """;

  private static final String ERRORS =
      """

      ## What a backend's error means

      These say that the server did not execute the command, so none of them is shown to a client whose command another attempt may still serve: not during a switch that ends within the hold
      window. From a script or function they count only in the server's own sentence. Before a lone backend (`topology = static`), where nobody will promote another, only LOADING, MASTERDOWN and
      UNBLOCKED are waited out. All other errors are a command's result and go to the client.

      """;

  private static final String CUT =
      """

      A link that breaks: commands that were not sent go to the next; reads are sent again; writes that were sent are in doubt, and `in-doubt` in the configuration says what becomes of them.

      ## What `in-doubt = idempotent` repeats

      Writes that, run twice in a row, leave the same data as once and give the same reply both times, whatever the data was before; a transaction if each of its commands is such, and it watches
      nothing. All other writes are errors when in doubt. `repeat.also` and `repeat.never` in the configuration say otherwise.

      """;

  @Test
  void isAsTheCodeSays() throws IOException {
    if (Boolean.getBoolean("holdfast.documents.write")) {
      Files.writeString(FILE, text());
    }
    assertEquals(Files.readString(FILE), text(), "-Dholdfast.documents.write=true writes it anew");
  }

  private static String text() {
    var text = new StringBuilder(HEAD);
    text.append("| command | where it goes | what is done with it |\n|---|---|---|\n");
    rows().forEach((name, row) -> text.append("| `").append(name).append("` | ").append(row));
    text.append(ERRORS);
    text.append("| error | what it tells | what becomes of the command |\n|---|---|---|\n");
    for (Refusals each : Refusals.values()) {
      String line = "| `%s` | %s | %s |\n";
      text.append(line.formatted(each.name(), each.meaning(), each.rule()));
    }
    text.append(CUT);
    text.append("| write | repeated |\n|---|---|\n");
    CommandTable table = CommandTable.redis7();
    CommandClasses classes = CommandClasses.of(table);
    var writes = new TreeMap<String, String>();
    for (CommandFacts facts : table.commands()) {
      repeated(writes, find(classes, facts.name()));
      for (CommandFacts subcommand : facts.subcommands()) {
        byte[] second = bytes(subcommand.ownName());
        byte[] first = bytes(facts.name());
        repeated(writes, classes.findSubcommand(first, first.length, second, second.length));
      }
    }
    writes.forEach((name, when) -> text.append("| `%s` | %s |\n".formatted(name, when)));
    return text.toString();
  }

  private static void repeated(TreeMap<String, String> writes, CommandTraits traits) {
    String when = traits.repetition().when();
    if (!when.isEmpty() && traits.isPassedOn()) {
      writes.put(traits.name().replace('|', ' ').toUpperCase(Locale.ROOT), when);
    }
  }

  private static TreeMap<String, String> rows() {
    var rows = new TreeMap<String, String>();
    CommandTable table = CommandTable.redis7();
    CommandClasses classes = CommandClasses.of(table);
    for (CommandFacts facts : table.commands()) {
      row(rows, find(classes, facts.name()));
      for (CommandFacts subcommand : facts.subcommands()) {
        byte[] second = bytes(subcommand.ownName());
        byte[] first = bytes(facts.name());
        CommandTraits traits = classes.findSubcommand(first, first.length, second, second.length);
        boolean asItsContainer = traits.special() == find(classes, facts.name()).special();
        if (traits.special() == Special.NONE
            || !asItsContainer
            || traits.route() == Route.REFUSED) {
          row(rows, traits);
        }
      }
    }
    row(rows, find(classes, "holdfast"));
    for (ClientSubcommand each : ClientSubcommand.values()) {
      String name = "client " + each.word();
      rows.put(name.toUpperCase(Locale.ROOT), "answered here | " + each.how() + " |\n");
    }
    return rows;
  }

  private static CommandTraits find(CommandClasses classes, String name) {
    return classes.find(bytes(name), name.length());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void row(TreeMap<String, String> rows, CommandTraits traits) {
    String refusal = traits.refusal();
    String how = refusal == null ? traits.special().how() : refusal.replace('|', ' ');
    boolean plain = traits.route() == Route.MASTER || traits.route() == Route.ANY_NODE;
    if (how.isEmpty() && traits.blocksOnlyIfAsked()) {
      how = "with BLOCK: a link of its own";
    } else if (how.isEmpty() && traits.route() == Route.OWN_LINK) {
      how = "a link of its own, because it blocks or stops what another link waits for";
    }
    if (!plain || !how.isEmpty()) {
      String name = traits.name().replace('|', ' ').toUpperCase(Locale.ROOT);
      rows.put(name, where(traits) + " | " + how + " |\n");
    }
  }

  private static String where(CommandTraits traits) {
    return switch (traits.route()) {
      case MASTER -> "to the master";
      case ANY_NODE -> "to any node";
      case OWN_LINK -> "to the master, own link";
      case TRANSACTION -> "to the master, the client's own link";
      case SUBSCRIPTION ->
          traits.special() == Special.MONITOR
              ? "to the master, the client's own link"
              : "to the master, the link of subscribers";
      case LOCAL -> "answered here";
      case REFUSED -> "refused";
    };
  }
}
