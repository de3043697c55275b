package holdfast.backend.replication;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DivergentTailTest {
  private final Backlog backlog = new Backlog(Backlog.SIZE_MIN, 1);

  private static byte[] bytes(String... words) {
    var text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString().getBytes(ISO_8859_1);
  }

  private long append(String... words) {
    byte[] bytes = bytes(words);
    backlog.append(bytes, 0, bytes.length);
    return backlog.nextOffset() - 1;
  }

  private static List<String> commands(DivergentTail tail) {
    var found = new ArrayList<String>();
    StreamCommands.read(
        tail.kept(),
        0,
        (arguments, _) -> {
          var words = new ArrayList<String>();
          for (byte[] argument : arguments) {
            words.add(new String(argument, ISO_8859_1));
          }
          found.add(String.join(" ", words));
        });
    return found;
  }

  @Test
  void isExactlyWhatComesBehindTheCommonOffset() {
    long common = append("SET", "a", "1");
    append("SET", "b", "2");
    append("PING");
    long end = append("DEL", "c");
    DivergentTail tail = DivergentTail.of(backlog, common, end);
    assertEquals(List.of("SET b 2", "PING", "DEL c"), commands(tail));
    assertEquals(2, tail.writes());
    assertEquals(common + 1, tail.from());
    assertEquals(end, tail.to());
    assertEquals(end - common, tail.bytes());
    assertEquals(0, tail.missingBytes());
    assertFalse(tail.selects());
  }

  @Test
  void heartbeatsAloneAreNoLoss() {
    long common = append("SET", "a", "1");
    append("PING");
    append("PUBLISH", "c", "m");
    assertTrue(DivergentTail.of(backlog, common, append("SELECT", "3")).isHarmless());
    assertFalse(DivergentTail.of(backlog, common, append("SET", "a", "2")).isHarmless());
  }

  @Test
  void saysWhatTheBacklogHasForgottenAndKeepsWholeCommandsOnly() {
    long common = append("SET", "a", "1");
    long end = 0;
    for (int i = 0; i < 1000; i++) {
      // Values that look like the beginning of a command.
      end = append("SET", "k" + i, "x\r\n*1\r\n$4\r\nPING\r\n");
    }
    DivergentTail tail = DivergentTail.of(backlog, common, end);
    List<String> kept = commands(tail);
    assertEquals(kept.size(), tail.writes());
    assertTrue(kept.size() > 100, kept::toString);
    for (int i = 0; i < kept.size(); i++) {
      assertTrue(kept.get(i).startsWith("SET k" + (1000 - kept.size() + i) + " "), kept.get(i));
    }
    assertEquals(tail.bytes(), tail.missingBytes() + tail.kept().length);
    assertEquals(tail.to() + 1, tail.keptFrom() + tail.kept().length);
    assertTrue(tail.missingBytes() > 0);
  }

  @Test
  void readsNoCommandOutOfRandomBytesThatIsNotThere() {
    var random = new Random(7);
    byte[] whole = bytes("SET", "key", "value");
    for (int round = 0; round < 20_000; round++) {
      byte[] broken = whole.clone();
      int cut = random.nextInt(whole.length);
      byte[] part = java.util.Arrays.copyOf(broken, cut);
      assertEquals(0, StreamCommands.read(part, 0, (_, _) -> {}));
      broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
      StreamCommands.read(broken, 0, (arguments, _) -> assertTrue(arguments.length > 0));
    }
    var seen = new ArrayList<byte[]>();
    StreamCommands.read(whole, 0, (arguments, _) -> seen.add(arguments[2]));
    assertArrayEquals("value".getBytes(ISO_8859_1), seen.getFirst());
  }
}
