package holdfast.backend.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.resp.RespReader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NewerCommandsTest {
  private static ServerVersion version(String text) {
    int space = text.indexOf(' ');
    return new ServerVersion(text.substring(0, space), text.substring(space + 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis 7.0.15", "redis 7.0.0", "valkey 7.0.0", "dragonfly 1.2.3"})
  void aServerThatIsNotNewerHasWhatIsBuiltIn(String server) {
    assertEquals(CommandTable.redis7().size(), NewerCommands.of(version(server)).size());
  }

  @ParameterizedTest
  @CsvSource({
    "redis 7.2.0, waitaof, true",
    "redis 7.2.0, hexpire, false",
    "redis 7.4.1, hexpire, true",
    "redis 8.0.0, json.set, true",
    "redis 8.2.0, msetex, false",
    "redis 8.4.0, msetex, true",
    "redis 8.10.0, himport|set, true",
    "redis 8.9.9, himport, false",
    "redis 255.255.255, zmove, true",
    "redis 8.12-rc1, zmove, true",
    "redis 8.12.0, client|capa, false",
    "valkey 7.2.4, client|setinfo, true",
    "valkey 8.0.0, client|capa, true",
    "valkey 8.0.0, client|import-source, false",
    "valkey 9.0.0, hexpire, true",
    "valkey 9.0.0, msetex, false",
    "valkey 9.1.0, msetex, true",
    "valkey 9.1.0, json.set, false",
    "valkey 9.1.0, delex, false",
    "valkey 9.2.0, delex, true",
    "valkey 9.2.0, phset, true",
    "valkey 9.2.0, hotkeys|start, false"
  })
  void whatAServerHasFollowsFromItsVersion(String server, String command, boolean has) {
    assertEquals(has, NewerCommands.of(version(server)).find(command) != null);
  }

  @Test
  void eachIsNewAndSaysSinceWhen() {
    CommandTable old = CommandTable.redis7();
    CommandTable all = NewerCommands.all();
    Map<String, List<ServerVersion>> since = NewerCommands.since();
    assertEquals(
        old.size() + since.size(), all.size(), "each once, subcommands in their container");
    since.forEach(
        (name, versions) -> {
          assertNull(old.find(name), name);
          CommandFacts facts = assertNotNullBut(all.find(name), name);
          assertTrue(facts.arity() != 0, name);
          assertTrue(facts.aclCategories().stream().allMatch(c -> c.startsWith("@")), name);
          facts
              .flags()
              .forEach(flag -> assertNotNull(CommandFlag.of(flag), () -> name + ": " + flag));
          assertFalse(versions.isEmpty(), name);
        });
  }

  private static CommandFacts assertNotNullBut(CommandFacts facts, String name) {
    assertNotNull(facts, name);
    return facts;
  }

  @Test
  void findsTheirKeys() {
    CommandTable all = NewerCommands.all();
    byte[][] arguments = new byte[6][];
    String[] words = "MSETEX 2 a 1 b 2".split(" ");
    for (int i = 0; i < words.length; i++) {
      arguments[i] = words[i].getBytes(UTF_8);
    }
    int[] keys = all.find("msetex").keyPositions(arguments);
    assertEquals(2, keys.length);
    assertEquals(4, keys[1]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+OK\r\n",
        "-NOAUTH no\r\n",
        "*0\r\n",
        "*2\r\n$6\r\nserver\r\n$6\r\nvalkey\r\n",
        "*4\r\n$6\r\nserver\r\n$0\r\n\r\n$7\r\nversion\r\n$5\r\n9.0.1\r\n",
        "*4\r\n$6\r\nserver\r\n$6\r\nval\r\ny\r\n$7\r\nversion\r\n$5\r\n9.0.1\r\n",
        "*4\r\n*0\r\n$6\r\nvalkey\r\n$7\r\nversion\r\n$5\r\n9.0.1\r\n",
      })
  void aServerThatDoesNotSayWhoItIsCountsAsTheOldOne(String reply) {
    assertEquals(
        ServerVersion.REDIS_7_0_15, ServerVersion.of(RespReader.read(reply.getBytes(UTF_8))));
  }

  @Test
  void readsWhoTheServerIs() {
    String reply = "%2\r\n$6\r\nserver\r\n$6\r\nvalkey\r\n$7\r\nversion\r\n$5\r\n9.0.1\r\n";
    assertEquals(version("valkey 9.0.1"), ServerVersion.of(RespReader.read(reply.getBytes(UTF_8))));
  }

  @Test
  void aNameIsAtMostSixtyFourCharacters() {
    assertEquals("x".repeat(64), named("x".repeat(64)).name());
    assertEquals(ServerVersion.REDIS_7_0_15, named("x".repeat(65)));
  }

  private static ServerVersion named(String name) {
    String reply = "%2\r\n+server\r\n+" + name + "\r\n+version\r\n+9.0.1\r\n";
    return ServerVersion.of(RespReader.read(reply.getBytes(UTF_8)));
  }

  @Test
  void aVersionThatIsNoNumberIsReachedByNone() {
    assertFalse(version("valkey 9.0.0").isAtLeast(version("valkey module")));
    assertFalse(version("valkey module").isAtLeast(version("valkey 8.0.0")));
    assertFalse(version("redis 8.0.0").isAtLeast(version("valkey 8.0.0")));
    assertTrue(version("redis 8.10.0").isAtLeast(version("redis 8.9.1")));
  }
}
