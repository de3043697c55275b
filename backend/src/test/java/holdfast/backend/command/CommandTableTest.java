package holdfast.backend.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandTableTest {
  private final CommandTable table = CommandTable.redis7();

  private static byte[][] words(String text) {
    String[] words = text.split(" ");
    byte[][] bytes = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      bytes[i] = words[i].getBytes(UTF_8);
    }
    return bytes;
  }

  private int[] keys(String command) {
    byte[][] args = words(command);
    CommandFacts facts = table.find(args[0]);
    assertNotNull(facts);
    return facts.keyPositions(args);
  }

  @Test
  void findsNamesInAnyCaseAndPlace() {
    byte[] text = "xxGeTyy".getBytes(UTF_8);
    assertSame(table.find("get"), table.find(text, 2, 3));
    assertNull(table.find(text, 2, 4));
    assertNull(table.find(new byte[0]));
    assertNull(table.find(new byte[CommandTable.NAME_BYTES_MAX + 1]));
  }

  @Test
  void everyCommandIsFoundByItsName() {
    assertEquals(240, table.commands().size());
    for (CommandFacts facts : table.commands()) {
      assertSame(facts, table.find(facts.nameBytes()));
      for (CommandFacts subcommand : facts.subcommands()) {
        assertSame(subcommand, table.find(subcommand.name()));
        assertSame(facts, subcommand.parent());
      }
    }
  }

  @Test
  void knowsArityAndFlags() {
    CommandFacts get = table.find("get");
    assertTrue(get.acceptsArguments(2));
    assertTrue(!get.acceptsArguments(3));
    assertTrue(table.find("mget").acceptsArguments(5));
    assertTrue(get.has(CommandFlag.READONLY));
    assertTrue(table.find("set").has(CommandFlag.WRITE));
    assertTrue(table.find("client|kill").has(CommandFlag.ADMIN));
  }

  @Test
  void findsKeysWhereverTheyStand() {
    assertArrayEquals(new int[] {1}, keys("GET a"));
    assertArrayEquals(new int[] {1, 3}, keys("MSET a 1 b 2"));
    assertArrayEquals(new int[] {1, 2}, keys("BLPOP a b 0"));
    assertArrayEquals(new int[] {3, 4}, keys("EVAL s 2 a b c"));
    assertArrayEquals(new int[] {3, 4}, keys("BLMPOP 0 2 a b LEFT"));
    assertArrayEquals(new int[] {1, 3, 4}, keys("ZUNIONSTORE d 2 a b WEIGHTS 1 2"));
    assertArrayEquals(new int[] {4, 5}, keys("XREAD COUNT 5 STREAMS a b 0 0"));
    assertArrayEquals(new int[] {1, 4}, keys("SORT a ALPHA STORE d"));
    assertArrayEquals(new int[] {1}, keys("SORT a BY STORE ALPHA"));
    assertArrayEquals(new int[] {}, keys("PING"));
  }

  @Test
  void aNumberOfKeysThatIsNoneIsSeen() {
    assertNull(keys("EVAL s 3 a b"));
    assertNull(keys("EVAL s x a b"));
    assertNull(keys("EVAL s -1 a b"));
    assertNull(keys("EVAL s 99999999999 a"));
  }

  @Test
  void readsTheReplyOfAnOldServer() {
    RespValue reply =
        RespReader.read(
            ("*2\r\n*6\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n"
                    + "*6\r\n$4\r\nmget\r\n:-2\r\n*1\r\n+newflag\r\n:1\r\n:-1\r\n:1\r\n")
                .getBytes(UTF_8));
    CommandTable old = CommandReply.read(reply);
    CommandFacts mget = old.find("mget");
    assertArrayEquals(new int[] {1, 2, 3}, mget.keyPositions(words("MGET a b c")));
    assertArrayEquals(new int[] {1}, old.find("get").keyPositions(words("GET a")));
    assertEquals(List.of("newflag"), mget.flags());
  }

  @Test
  void theLiveTableLiesOverTheBuiltInOne() {
    RespValue get =
        new RespValue.Array(
            List.of(
                new RespValue.Simple("get"),
                new RespValue.Int(-2),
                new RespValue.Array(List.of(new RespValue.Simple("write"))),
                new RespValue.Int(1),
                new RespValue.Int(1),
                new RespValue.Int(1)));
    CommandTable live = CommandReply.readOverBuiltIn(new RespValue.Array(List.of(get)));
    assertEquals(-2, live.find("get").arity(), "what the server says of its command counts");
    assertEquals(-3, live.find("set").arity(), "what it does not list is as built in");
    assertEquals("client|id", live.find("client|id").name());
    assertEquals(table.size(), live.size());
  }

  @Test
  void saysWhatIsWrongWithAReply() {
    RespValue noArray = RespReader.read("+OK\r\n".getBytes(UTF_8));
    assertThrows(IllegalArgumentException.class, () -> CommandReply.read(noArray));
    RespValue tooShort = RespReader.read("*1\r\n*2\r\n$3\r\nget\r\n:2\r\n".getBytes(UTF_8));
    var error = assertThrows(IllegalArgumentException.class, () -> CommandReply.read(tooShort));
    assertEquals("a command with 2 fields, expected at least 6", error.getMessage());
    RespValue noNumber =
        RespReader.read("*1\r\n*6\r\n$3\r\nget\r\n+x\r\n*0\r\n:1\r\n:1\r\n:1\r\n".getBytes(UTF_8));
    assertThrows(IllegalArgumentException.class, () -> CommandReply.read(noNumber));
  }

  @Test
  void documentationIsThereForEveryCommand() {
    CommandDocs docs = CommandDocs.redis7();
    for (CommandFacts facts : table.commands()) {
      assertNotNull(docs.of(facts), facts.name());
      for (CommandFacts subcommand : facts.subcommands()) {
        assertNotNull(docs.of(subcommand), subcommand.name());
      }
    }
  }
}
