package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandTable;
import holdfast.backend.command.NewerCommands;
import holdfast.routing.command.CommandClasses;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Route;
import holdfast.routing.command.Special;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
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

      That all this is what one Redis would answer is compared command by command: [CONFORMANCE.md](CONFORMANCE.md). What newer servers have besides is [at the end](#commands-of-newer-servers-unverified).

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

  private static final String NEWER =
      """

      ## Commands of newer servers (unverified)

      What Redis has had since 7.0.15 (up to 8.12, with the modules that 8 has built in), and Valkey (up to 9.2). Taken from their documentation, not run against such a server here.

      A server's own COMMAND counts, where it may be asked for it: names, flags and numbers of arguments are then the server's, and a command that it does not list goes to the master, which answers that there
      is none. Only where it does not tell (an ACL), its version, as HELLO says it, decides which of these there are. Either way, what is said here of a command by name stands above its flags.
      "module" in the second column: in a module of Valkey's, so only where the server tells its commands. No reply of a module's command is kept by `in-doubt = exactly-once`.

      Options of older commands that newer servers have: SET with IFEQ, IFNE, IFDEQ or IFDNE is never repeated. CLIENT KILL understands MAXAGE (Redis 7.4, Valkey 8.0), CLIENT KILL and CLIENT LIST the filters of
      Valkey 9 with their NOT- forms, each only if the server behind is of such a version; CAPA matches nobody. XREAD and XREADGROUP with BLOCK get a link of their own whatever else they are asked for. A cursor
      of FT.AGGREGATE ends with the master that gave it. Pushes of a kind that the proxy does not know are dropped on links that clients share.

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
        repeated(writes, find(classes, subcommand));
      }
    }
    writes.forEach((name, when) -> text.append("| `%s` | %s |\n".formatted(name, when)));
    newer(text);
    return text.toString();
  }

  private static void newer(StringBuilder text) {
    text.append(NEWER);
    text.append("| command | since | where it goes | what is done with it | repeated in doubt |\n");
    text.append("|---|---|---|---|---|\n");
    CommandTable table = NewerCommands.all();
    CommandClasses classes = CommandClasses.of(table);
    NewerCommands.since()
        .forEach(
            (name, since) -> {
              CommandTraits traits = find(classes, Objects.requireNonNull(table.find(name)));
              String versions =
                  since.stream()
                      .map(each -> capital(each.toString()))
                      .collect(Collectors.joining(", "));
              String row = "| `%s` | %s | %s | %s | %s |\n";
              text.append(
                  row.formatted(shown(name), versions, where(traits), done(traits), doubt(traits)));
            });
  }

  private static String done(CommandTraits traits) {
    int bar = traits.name().indexOf('|');
    ClientSubcommand of =
        traits.special() == Special.CLIENT
            ? ClientSubcommand.find(traits.name().substring(bar + 1))
            : null;
    String how = of == null ? how(traits) : of.how();
    return how.isEmpty() ? "as it is" : how;
  }

  private static String doubt(CommandTraits traits) {
    if (!traits.isPassedOn()) {
      return "";
    }
    return switch (traits.repetition()) {
      case ALWAYS -> "yes, it changes nothing";
      case NEVER -> "never";
      default -> traits.repetition().when();
    };
  }

  private static void repeated(TreeMap<String, String> writes, CommandTraits traits) {
    String when = traits.repetition().when();
    if (!when.isEmpty() && traits.isPassedOn()) {
      writes.put(shown(traits.name()), when);
    }
  }

  private static TreeMap<String, String> rows() {
    var rows = new TreeMap<String, String>();
    CommandTable table = CommandTable.redis7();
    CommandClasses classes = CommandClasses.of(table);
    for (CommandFacts facts : table.commands()) {
      row(rows, find(classes, facts.name()));
      for (CommandFacts subcommand : facts.subcommands()) {
        CommandTraits traits = find(classes, subcommand);
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

  private static CommandTraits find(CommandClasses classes, CommandFacts facts) {
    CommandFacts parent = facts.parent();
    byte[] own = bytes(facts.ownName());
    return parent == null
        ? find(classes, facts.name())
        : classes.findSubcommand(parent.nameBytes(), parent.nameBytes().length, own, own.length);
  }

  private static String capital(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private static String shown(String name) {
    return name.replace('|', ' ').toUpperCase(Locale.ROOT);
  }

  private static CommandTraits find(CommandClasses classes, String name) {
    return classes.find(bytes(name), name.length());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void row(TreeMap<String, String> rows, CommandTraits traits) {
    String how = how(traits);
    boolean plain = traits.route() == Route.MASTER || traits.route() == Route.ANY_NODE;
    if (!plain || !how.isEmpty()) {
      rows.put(shown(traits.name()), where(traits) + " | " + how + " |\n");
    }
  }

  private static String how(CommandTraits traits) {
    String refusal = traits.refusal();
    String how = refusal == null ? traits.special().how() : refusal.replace('|', ' ');
    if (how.isEmpty()) {
      return switch (traits.askedFor()) {
        case BLOCK -> "with BLOCK: a link of its own";
        case CURSOR -> "with WITHCURSOR: to the master, which alone knows the cursor";
        case NOTHING ->
            traits.route() == Route.OWN_LINK
                ? "a link of its own, because it blocks or stops what another link waits for"
                : "";
      };
    }
    return how;
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
