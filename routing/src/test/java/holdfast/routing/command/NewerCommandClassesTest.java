package holdfast.routing.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandFlag;
import holdfast.backend.command.CommandReply;
import holdfast.backend.command.CommandTable;
import holdfast.backend.command.NewerCommands;
import holdfast.backend.resp.RespReader;
import holdfast.backend.testing.CommandReplies;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the commands of newer servers go: by rules, but for those that are named here. */
class NewerCommandClassesTest {
  private static final CommandTable TABLE = NewerCommands.all();
  private static final CommandClasses CLASSES = CommandClasses.of(TABLE);
  private static final List<CommandFacts> NEWER =
      NewerCommands.since().keySet().stream().map(TABLE::find).toList();

  private static CommandTraits traits(CommandClasses classes, CommandFacts facts) {
    byte[] own = facts.ownName().getBytes(StandardCharsets.US_ASCII);
    CommandFacts parent = facts.parent();
    return parent == null
        ? classes.find(own, own.length)
        : classes.findSubcommand(parent.nameBytes(), parent.nameBytes().length, own, own.length);
  }

  private static CommandTraits traits(String line) {
    byte[] name = line.split(" ")[0].getBytes(StandardCharsets.US_ASCII);
    return CLASSES.find(name, name.length);
  }

  private static boolean repeatable(String line) {
    return traits(line).mayRepeat(InDoubtPolicy.IDEMPOTENT, TextArguments.of(line));
  }

  private static Set<String> names(Predicate<CommandFacts> which) {
    var names = new TreeSet<String>();
    NEWER.stream().filter(which).forEach(facts -> names.add(facts.name()));
    return names;
  }

  private static Predicate<CommandFacts> goes(Route... routes) {
    return facts -> List.of(routes).contains(traits(CLASSES, facts).route());
  }

  @Test
  void whatBlocksGetsALinkOfItsOwn() {
    assertEquals(Set.of("waitaof", "blmovem", "bzmove"), names(goes(Route.OWN_LINK)));
    assertEquals(names(f -> f.has(CommandFlag.BLOCKING)), names(goes(Route.OWN_LINK)));
    assertEquals(AskedFor.BLOCK, traits("ts.read k - block 0 1").askedFor());
  }

  @Test
  void readsMayGoToAnyNodeButForAFew() {
    Predicate<CommandFacts> read = facts -> facts.has(CommandFlag.READONLY);
    assertEquals(
        Set.of("phscan", "bf.scandump", "cf.scandump", "cf.compact", "ft.config", "ft.cursor"),
        names(read.and(goes(Route.MASTER))));
    assertEquals(Set.of(), names(read.negate().and(goes(Route.ANY_NODE))));
  }

  @Test
  void writesGoToTheMasterOrAreRefused() {
    Predicate<CommandFacts> write = facts -> facts.has(CommandFlag.WRITE);
    assertEquals(
        Set.of("cluster|flushslot", "sflush", "trimslots", "himport|set", "blmovem", "bzmove"),
        names(write.and(goes(Route.MASTER).negate())));
  }

  @Test
  void whatConcernsOneServerOrOneConnectionIsRefusedWithAReasonThatNamesIt() {
    Set<String> refused = names(goes(Route.REFUSED));
    assertTrue(
        refused.containsAll(Set.of("himport", "himport|prepare", "backup|start")), "" + refused);
    assertTrue(refused.containsAll(Set.of("timeseries.clusterset", "search.clusterset")));
    byte[] container = "himport".getBytes(StandardCharsets.US_ASCII);
    byte[] unknown = "nosuch".getBytes(StandardCharsets.US_ASCII);
    assertEquals(
        Route.REFUSED,
        CLASSES.findSubcommand(container, container.length, unknown, unknown.length).route(),
        "one that is newer still");
    for (String name : refused) {
      CommandTraits traits = traits(CLASSES, TABLE.find(name));
      assertNotNull(traits.refusal());
      assertTrue(traits.refusal().startsWith("ERR '" + name + "' is refused"), traits.refusal());
    }
  }

  @Test
  void whatConcernsTheConnectionOrAClusterIsAnsweredHere() {
    Set<String> local = names(goes(Route.LOCAL));
    for (String name : local) {
      boolean known = name.startsWith("client|") || name.startsWith("cluster|");
      assertTrue(known || Set.of("clusterscan", "sflush", "trimslots").contains(name), name);
    }
  }

  @Test
  void aCursorIsTheMasters() {
    for (String line :
        List.of("ft.aggregate i * withcursor", "ft.search i * withcursor", "ft.hybrid i")) {
      assertEquals(AskedFor.CURSOR, traits(line).askedFor());
      assertEquals(Route.ANY_NODE, traits(line).route());
    }
    assertFalse(repeatable("ft.cursor read i 1"), "it would skip rows");
  }

  /** Commands that a condition decides about, or that count what they did, run once. */
  @Test
  void onlyNamedWritesAreRepeated() {
    Predicate<CommandFacts> repeated =
        facts -> {
          CommandTraits traits = traits(CLASSES, facts);
          return traits.isPassedOn()
              && !traits.changesNothing()
              && traits.repetition() != Repetition.NEVER;
        };
    assertEquals(
        Set.of("msetex", "hsetex", "hgetex", "hexpire", "hpexpire", "json.set", "commandlog|reset"),
        names(repeated));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "set k v ifeq w",
        "set k v IFNE w",
        "set k v ifdeq d",
        "set k v ex 1 ifdne d",
        "msetex 1 k v nx",
        "hsetex k fnx fields 1 f v",
        "hsetex k NX fields 1 f v",
        "json.set k $ 1 nx",
        "getex k exat 1",
        "hgetex k PXAT 1 fields 1 f",
        "hexpire k 0 fields 1 f",
        "hexpire k -1 fields 1 f",
        "hexpire k 10 nx fields 1 f",
        "hexpire k",
        "hexpireat k 10 fields 1 f",
        "delex k ifeq v",
        "delifeq k v",
        "hgetdel k fields 1 f",
        "increx k",
        "xackdel s g keepref ids 1 1-1",
        "vadd k fp32 x e",
        "ts.add k * 1"
      })
  void conditionalWritesAreNot(String line) {
    assertFalse(repeatable(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "msetex 1 k v ex 10",
        "msetex 1 k v xx",
        "hsetex k ex 10 fields 1 f v",
        "json.set k $ 1",
        "hgetex k ex 10 fields 1 f",
        "hexpire k 10 FIELDS 1 f",
        "hpexpire k 10 fields 1 f",
        "digest k",
        "httl k fields 1 f",
        "ft.search i *"
      })
  void writesThatLeaveTheSameStateAndReplyMayBe(String line) {
    assertTrue(repeatable(line));
  }

  @ParameterizedTest
  @CsvSource({
    "hexpire k 1 fields 1 f, true, true",
    "hgetdel k fields 1 f, true, false",
    "increx k, true, false",
    "lmovem a b left left, false, true",
    "delifeq k v, true, true",
    "json.arrappend k $ 1, false, false",
    "vadd k fp32 x e, false, false",
    "ts.add k * 1, false, false"
  })
  void aModulesReplyIsNotKept(String line, boolean resp2, boolean resp3) {
    Recording recording = traits(line).recording();
    assertEquals(resp2, recording.allowed(TextArguments.of(line), 2));
    assertEquals(resp3, recording.allowed(TextArguments.of(line), 3));
  }

  /**
   * A write that no table of ours has: nobody knows whether a script can answer what it answers.
   */
  @Test
  void anUnknownWritesReplyIsNotKept() {
    String reply = "*1\r\n*6\r\n$6\r\nzapall\r\n:-1\r\n*1\r\n+write\r\n:0\r\n:0\r\n:0\r\n";
    var classes = CommandClasses.of(read(reply));
    byte[] name = "zapall".getBytes(StandardCharsets.US_ASCII);
    assertEquals(Recording.NEVER, classes.find(name, name.length).recording());
  }

  @Test
  void anOldSearchModuleCallsReadsWhatChangesItsDictionaries() {
    var reply = new StringBuilder("*2\r\n");
    for (String name : List.of("ft.dictadd", "ft.aliasupdate")) {
      reply.append("*6\r\n+" + name + "\r\n:-3\r\n*1\r\n+readonly\r\n:0\r\n:0\r\n:0\r\n");
    }
    var classes = CommandClasses.of(read(reply.toString()));
    for (String name : List.of("ft.dictadd", "ft.aliasupdate")) {
      byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
      assertEquals(Route.MASTER, classes.find(bytes, bytes.length).route(), name);
      assertEquals(Repetition.NEVER, classes.find(bytes, bytes.length).repetition(), name);
    }
  }

  /** What a newer server says of itself leads to the same classes as what is written of it. */
  @Test
  void aNewerServersOwnReplyIsReadAlike() {
    var classes = CommandClasses.of(read(CommandReplies.of(TABLE)));
    var all = new ArrayList<CommandFacts>();
    for (CommandFacts top : TABLE.commands()) {
      all.add(top);
      all.addAll(top.subcommands());
    }
    assertEquals(TABLE.size(), all.size());
    for (CommandFacts facts : all) {
      assertEquals(traits(CLASSES, facts), traits(classes, facts));
    }
  }

  /** A server that tells its commands has no others, whatever is written of newer ones. */
  @Test
  void whatAServerDoesNotListGoesToTheMasterAsItIs() {
    var classes = CommandClasses.of(read(CommandReplies.of(CommandTable.redis7())));
    for (CommandFacts facts : NEWER) {
      if (facts.parent() == null) {
        CommandTraits traits = traits(classes, facts);
        assertEquals(Route.MASTER, traits.route(), facts.name());
        assertEquals(Repetition.NEVER, traits.repetition(), facts.name());
      }
    }
  }

  private static CommandTable read(String reply) {
    return CommandReply.readOverBuiltIn(
        RespReader.read(reply.getBytes(StandardCharsets.ISO_8859_1)));
  }
}
