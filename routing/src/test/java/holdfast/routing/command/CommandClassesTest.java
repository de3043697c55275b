package holdfast.routing.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.command.CommandReply;
import holdfast.backend.command.CommandTable;
import holdfast.backend.resp.RespReader;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandClassesTest {
  private static final CommandClasses CLASSES = CommandClasses.of(CommandTable.redis7());

  private static CommandTraits traits(String line) {
    String[] words = line.split(" ");
    byte[] name = words[0].getBytes(StandardCharsets.UTF_8);
    CommandTraits traits = CLASSES.find(name, name.length);
    if (traits.container() && words.length > 1) {
      byte[] sub = words[1].getBytes(StandardCharsets.UTF_8);
      return CLASSES.findSubcommand(name, name.length, sub, sub.length);
    }
    return traits;
  }

  private static boolean repeatable(String line) {
    return traits(line).mayRepeat(InDoubtPolicy.IDEMPOTENT, TextArguments.of(line));
  }

  @Test
  void anOperatorMaySayOtherwise() {
    var rules = new RepeatRules(Set.of("incr", "config|rewrite"), Set.of("set", "get"));
    var classes = CommandClasses.of(CommandTable.redis7(), CommandRules.of(rules));
    assertTrue(repeats(classes, "incr k"));
    assertFalse(repeats(classes, "set k v"));
    assertTrue(repeats(classes, "get k"), "it changes nothing");
    assertTrue(repeats(classes, "mset k v"));
    assertThrows(
        IllegalArgumentException.class, () -> new RepeatRules(Set.of("set"), Set.of("set")));
  }

  private static boolean repeats(CommandClasses classes, String line) {
    byte[] name = line.split(" ")[0].getBytes(StandardCharsets.UTF_8);
    return classes
        .find(name, name.length)
        .mayRepeat(InDoubtPolicy.IDEMPOTENT, TextArguments.of(line));
  }

  private static boolean recordable(String line, int protocol) {
    return traits(line).recording().allowed(TextArguments.of(line), protocol);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "set k v",
        "incr k",
        "lpop k",
        "publish c m",
        "eval s 1 k a",
        "evalsha s 0",
        "flushall",
        "xadd s * f v"
      })
  void writesThatAScriptMayRunCanBeRecorded(String line) {
    assertTrue(recordable(line, 2));
    assertTrue(recordable(line, 3));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "get k",
        "blpop k 0",
        "xreadgroup group g c streams s >",
        "multi",
        "eval s 2 k",
        "eval s -1",
        "eval s x",
        "eval_ro s 0",
        "fcall f 0",
        "script load s",
        "function load f",
        "config set a b",
        "nosuchcommand x"
      })
  void othersCannot(String line) {
    assertFalse(recordable(line, 2));
    assertFalse(recordable(line, 3));
  }

  @Test
  void whatAScriptCannotAnswerIsLeftAlone() {
    assertFalse(recordable("lpop k 2", 2));
    assertTrue(recordable("lpop k 2", 3));
    assertFalse(recordable("lmpop 1 k left", 2));
    assertTrue(recordable("bitfield k get u8 0", 2));
    assertFalse(recordable("bitfield k get u8 0", 3));
    String most = "rpush k" + " v".repeat(Recording.ARGUMENTS_MAX - 2);
    assertTrue(recordable(most, 2));
    assertFalse(recordable(most + " v", 2));
  }

  @Test
  void anEnginesCommandOfThatNameIsAnsweredByTheProxy() {
    byte[] row =
        "*1\r\n*6\r\n$8\r\nholdfast\r\n:-2\r\n*1\r\n+admin\r\n:0\r\n:0\r\n:0\r\n"
            .getBytes(StandardCharsets.UTF_8);
    var live = CommandClasses.of(CommandReply.readOverBuiltIn(RespReader.read(row)));
    CommandTraits traits = live.find("HOLDFAST".getBytes(StandardCharsets.UTF_8), 8);
    assertEquals(Route.LOCAL, traits.route());
    assertEquals(Special.HOLDFAST, traits.special());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "get k",
        "MGET a b",
        "hGetAll h",
        "EXISTS k",
        "ttl k",
        "eval_ro s 0",
        "fcall_ro f 0",
        "sort_ro k",
        "object encoding k",
        "memory usage k",
        "dbsize",
        "xrange s - +",
        "xread s 0"
      })
  void readsMayGoToAnyNodeAndBeRepeated(String line) {
    assertEquals(Route.ANY_NODE, traits(line).route());
    assertTrue(repeatable(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "set a b",
        "eval s 0",
        "evalsha s 0",
        "fcall f 0",
        "getex k",
        "getdel k",
        "xack s g 1",
        "spop k",
        "pfcount k",
        "sort k",
        "georadius k 1 1 1 m",
        "publish c m",
        "nosuchcommand x",
        "scan 0",
        "hscan k 0",
        "ping",
        "time",
        "config get x",
        "config set a b",
        "xgroup create a",
        "a-name-that-is-longer-than-any-command-could-be x",
        "config nosuch",
        "swapdb 0 1"
      })
  void writesAndWhateverIsNotKnownToBeReadGoToTheMaster(String line) {
    assertEquals(Route.MASTER, traits(line).route());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "set a b", "set a b ex 10", "set a b px 5 xx", "mset a b c d", "setex a 1 b", "hmset h f v",
        "lset l 0 v", "setrange k 0 v", "expire k 10", "flushall", "pfmerge d a",
            "copy a b replace",
        "sort k by x", "sunionstore d a b", "bitop and d a b", "script load x", "getex k ex 3"
      })
  void writesThatLeaveTheSameStateAndReplyMayBeRepeated(String line) {
    assertTrue(repeatable(line));
    var arguments = TextArguments.of(line);
    assertFalse(traits(line).mayRepeat(InDoubtPolicy.ERROR, arguments), "only if allowed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "set a b nx",
        "set a b GET",
        "set a b ex 1 NX",
        "setnx a b",
        "msetnx a b",
        "incr a",
        "append a b",
        "del a",
        "unlink a",
        "hset h f v",
        "sadd s m",
        "zadd z 1 m",
        "lpush l v",
        "expire k 0",
        "expire k -1",
        "expire k 10 nx",
        "expire k x",
        "persist k",
        "copy a b",
        "rename a b",
        "eval s 0",
        "publish c m",
        "nosuchcommand",
        "sort k store d",
        "sunionstore d a d",
        "sdiffstore a a b",
        "bitop xor d d b",
        "getdel k",
        "getset a b",
        "xadd s * f v",
        "ltrim l 1 2",
        "setbit k 1 1",
        "spop s",
        "blpop l 0",
        "restore k 0 v"
      })
  void writesWhoseSecondRunWouldDifferAreNeverRepeated(String line) {
    assertFalse(repeatable(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "blpop l 0",
        "brpop l 0",
        "blmove a b left left 0",
        "bzpopmin z 0",
        "blmpop 0 1 l left",
        "wait 1 0",
        "script kill",
        "function kill"
      })
  void whatBlocksGetsALinkOfItsOwn(String line) {
    assertEquals(Route.OWN_LINK, traits(line).route());
  }

  @Test
  void streamReadsBlockOnlyIfAsked() {
    assertEquals(AskedFor.BLOCK, traits("xread block 0 streams s $").askedFor());
    assertEquals(AskedFor.BLOCK, traits("xreadgroup group g c streams s >").askedFor());
    assertEquals(Route.MASTER, traits("xreadgroup group g c streams s >").route());
    assertEquals(AskedFor.NOTHING, traits("get k").askedFor());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "replicaof h 1",
        "slaveof no one",
        "failover",
        "shutdown",
        "debug sleep 1",
        "psync ? -1",
        "restore-asking k 0 v",
        "config rewrite",
        "module load x",
        "replconf a b"
      })
  void whatWouldTurnABackendAroundIsRefusedWithAReason(String line) {
    CommandTraits traits = traits(line);
    assertEquals(Route.REFUSED, traits.route());
    String refusal = assertNotNull(traits.refusal());
    assertTrue(refusal.startsWith("ERR '" + traits.name() + "'"), refusal);
  }

  private static String assertNotNull(String value) {
    org.junit.jupiter.api.Assertions.assertNotNull(value);
    return value;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello 3",
        "auth x",
        "select 1",
        "client id",
        "client kill id 1",
        "client nosuch",
        "cluster info",
        "readonly",
        "quit",
        "reset",
        "role",
        "holdfast status",
        "HOLDFAST"
      })
  void whatConcernsTheConnectionIsAnsweredHere(String line) {
    assertEquals(Route.LOCAL, traits(line).route());
  }

  @Test
  void transactionsAndSubscriptionsAreKnownByName() {
    assertEquals(Special.MULTI, traits("multi").special());
    assertEquals(Route.TRANSACTION, traits("watch a").route());
    assertEquals(Special.SSUBSCRIBE, traits("ssubscribe c").special());
    assertEquals(Route.SUBSCRIPTION, traits("monitor").route());
  }
}
