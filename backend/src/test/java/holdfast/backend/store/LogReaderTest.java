package holdfast.backend.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogReaderTest {
  @TempDir Path folder;

  private static String command(String... words) {
    var text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString();
  }

  private long read(byte[] content, List<String> found) throws IOException {
    Path file = folder.resolve("log");
    Files.write(file, content);
    return LogReader.read(
        file,
        new LogReader.Sink() {
          @Override
          public void command(byte[][] arguments, long bytes) {
            var words = new ArrayList<String>();
            for (byte[] argument : arguments) {
              words.add(new String(argument, StandardCharsets.ISO_8859_1));
            }
            String text = String.join(" ", words);
            assertEquals(LogReaderTest.command(words.toArray(String[]::new)).length(), bytes);
            found.add(text);
          }

          @Override
          public void note(String line) {
            found.add("#" + line);
          }
        });
  }

  @Test
  void readsWholeCommandsWhereverTheFileIsCut() throws Exception {
    String a = "#note 1\r\n" + command("SET", "a", "1");
    String b = command("MULTI") + command("SET", "b", "2") + command("EXEC");
    String c = command("SET", "c", "");
    byte[] all = (a + b + c).getBytes(StandardCharsets.ISO_8859_1);
    for (int length = 0; length <= all.length; length++) {
      var found = new ArrayList<String>();
      long whole = read(Arrays.copyOf(all, length), found);
      var expected = new ArrayList<String>();
      long expectedWhole = 0;
      if (length >= 9) {
        expected.add("#note 1");
        expectedWhole = 9;
      }
      if (length >= a.length()) {
        expected.add("SET a 1");
        expectedWhole = a.length();
      }
      if (length >= a.length() + b.length()) {
        expected.addAll(List.of("MULTI", "SET b 2", "EXEC"));
        expectedWhole = a.length() + b.length();
      }
      if (length == all.length) {
        expected.add("SET c ");
        expectedWhole = length;
      }
      assertEquals(expected, found, "cut at " + length);
      assertEquals(expectedWhole, whole, "cut at " + length);
    }
  }

  @Test
  void takesZeroesAtTheEndForATornTailAndNowhereElse() throws Exception {
    byte[] good = command("SET", "a", "1").getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(good.length, read(Arrays.copyOf(good, good.length + 5000), new ArrayList<>()));
    byte[] hole = Arrays.copyOf(good, good.length + 5001);
    hole[good.length + 5000] = '*';
    var e = assertThrows(CorruptSnapshotException.class, () -> read(hole, new ArrayList<>()));
    assertTrue(e.getMessage().contains("damaged at byte " + good.length), e.getMessage());
  }

  @Test
  void aCommandWhoseEndIsZeroesIsATornTailWhereverTheyBegin() throws Exception {
    String good = command("SET", "a", "1");
    byte[] all =
        (good + command("SET", "b", "v".repeat(300))).getBytes(StandardCharsets.ISO_8859_1);
    for (int from = good.length(); from < all.length; from++) {
      byte[] torn = Arrays.copyOf(Arrays.copyOf(all, from), all.length + 4096);
      var found = new ArrayList<String>();
      assertEquals(good.length(), read(torn, found), "zeroes from byte " + from);
      assertEquals(List.of("SET a 1"), found);
    }
  }

  @Test
  void namesTheByteAtWhichItIsDamaged() {
    String good = command("SET", "a", "1");
    for (String bad :
        List.of(
            "SET a 1\r\n",
            "*x\r\n",
            "*1\r\n+OK\r\n",
            "*1\r\n$1\r\nabc\r\n",
            "*-1\r\n",
            "*1\r\n$999999999999\r\n",
            "*" + "1".repeat(200))) {
      byte[] content = (good + bad).getBytes(StandardCharsets.ISO_8859_1);
      var e =
          assertThrows(CorruptSnapshotException.class, () -> read(content, new ArrayList<>()), bad);
      assertTrue(e.getMessage().contains("log is damaged at byte "), e.getMessage());
    }
  }
}
