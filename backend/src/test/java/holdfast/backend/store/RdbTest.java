package holdfast.backend.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RdbTest {
  /** Everything as one text per entry, so that two snapshots can be compared. */
  private static List<String> dump(byte[] snapshot) throws IOException {
    var lines = new ArrayList<String>();
    RdbReader.read(
        new ByteArrayInputStream(snapshot),
        new RdbReader.Sink() {
          @Override
          public void aux(String name, String value) {
            lines.add(name + "=" + value);
          }

          @Override
          public void entry(int database, byte[] key, RdbValue value, long expireAtMillis) {
            lines.add(database + " " + text(key) + " " + expireAtMillis + " " + show(value));
          }
        });
    return lines;
  }

  private static String show(RdbValue value) {
    return switch (value) {
      case RdbValue.Text(byte[] bytes) -> text(bytes);
      case RdbValue.Sequence(var elements) -> "list" + texts(elements);
      case RdbValue.Members(var members) -> "set" + texts(members);
      case RdbValue.Fields(var fields) -> "hash" + texts(fields);
      case RdbValue.Scored(var members, double[] scores) -> {
        var out = new StringBuilder("zset");
        for (int i = 0; i < members.size(); i++) {
          out.append(' ').append(text(members.get(i))).append('=').append(scores[i]);
        }
        yield out.toString();
      }
    };
  }

  private static String text(byte[] bytes) {
    return bytes.length > 30
        ? bytes.length + " bytes"
        : new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static List<String> texts(List<byte[]> elements) {
    return elements.stream().map(RdbTest::text).toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] sample() throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new RdbWriter(out);
    writer.begin();
    writer.aux("repl-offset", "42");
    writer.database(0, 4, 1);
    writer.text(bytes("s"), 1234567890123L, bytes("v"));
    writer.text(bytes("long"), -1, new byte[70_000]);
    writer.text(bytes("middle"), -1, new byte[300]);
    writer.beginList(bytes("l"), -1, 2);
    writer.element(bytes("a"));
    writer.element(bytes(""));
    writer.database(15, 3, 0);
    writer.beginSet(bytes("set"), -1, 1);
    writer.element(bytes("m"));
    writer.beginHash(bytes("h"), -1, 1);
    writer.element(bytes("f"));
    writer.element(bytes("v"));
    writer.beginSortedSet(bytes("z"), 5, 3);
    writer.element(bytes("x"));
    writer.score(1.5);
    writer.element(bytes("y"));
    writer.score(Double.POSITIVE_INFINITY);
    writer.element(bytes("w"));
    writer.score(-0.0);
    writer.end();
    assertEquals(out.size(), writer.position());
    return out.toByteArray();
  }

  @Test
  void readsWhatItWrites() throws Exception {
    assertEquals(
        List.of(
            "repl-offset=42",
            "0 s 1234567890123 v",
            "0 long -1 70000 bytes",
            "0 middle -1 300 bytes",
            "0 l -1 list[a, ]",
            "15 set -1 set[m]",
            "15 h -1 hash[f, v]",
            "15 z 5 zset x=1.5 y=Infinity w=-0.0"),
        dump(sample()));
  }

  @Test
  void leavesWhatFollowsTheChecksumUnread() throws Exception {
    byte[] sample = sample();
    var out = new ByteArrayOutputStream();
    out.writeBytes(sample);
    out.writeBytes(bytes("tail"));
    var in = new ByteArrayInputStream(out.toByteArray());
    long read =
        RdbReader.read(
            in,
            new RdbReader.Sink() {
              @Override
              public void aux(String name, String value) {}

              @Override
              public void entry(int database, byte[] key, RdbValue value, long expireAtMillis) {}
            });
    assertEquals(sample.length, read);
    assertEquals("tail", new String(in.readAllBytes(), StandardCharsets.US_ASCII));
  }

  @Test
  void noticesEveryCutAndEveryFlippedBit() throws Exception {
    byte[] sample = sample();
    for (int length = 0; length < sample.length; length += length < 100 ? 1 : 997) {
      byte[] cut = java.util.Arrays.copyOf(sample, length);
      assertThrows(CorruptSnapshotException.class, () -> dump(cut));
    }
    var random = new Random(5);
    for (int round = 0; round < 2000; round++) {
      byte[] bad = sample.clone();
      bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        dump(bad);
        // Only an unreadable version or turning the checksum to "none" could pass; neither can by
        // one bit, except the version's last digits, which the sum covers too.
        throw new AssertionError("round " + round + ": damage was not noticed");
      } catch (CorruptSnapshotException expected) {
        assertTrue(expected.getMessage() != null);
      }
    }
  }

  @Test
  void doesNotTakeMemoryForALengthThatLies() {
    // A string of 512 MB of which nothing comes.
    byte[] lie = HexFormat.of().parseHex("524544495330303130" + "00" + "8020000000" + "61");
    var e = assertThrows(CorruptSnapshotException.class, () -> dump(lie));
    assertTrue(e.getMessage().contains("ends early"), e.getMessage());
    byte[] tooLong = HexFormat.of().parseHex("524544495330303130" + "00" + "8020000001" + "61");
    e = assertThrows(CorruptSnapshotException.class, () -> dump(tooLong));
    assertTrue(e.getMessage().contains("expected at most 536870912"), e.getMessage());
    // A list of two thousand million elements.
    byte[] many = HexFormat.of().parseHex("524544495330303130" + "01" + "0161" + "807ffffff0");
    e = assertThrows(CorruptSnapshotException.class, () -> dump(many));
    assertTrue(e.getMessage().contains("ends early"), e.getMessage());
  }

  @Test
  void namesWhatItCannotKeep() {
    byte[] stream = HexFormat.of().parseHex("524544495330303130" + "13" + "03616263");
    var e = assertThrows(CorruptSnapshotException.class, () -> dump(stream));
    assertTrue(e.getMessage().contains("\"abc\"") && e.getMessage().contains("a stream"));
    byte[] functions = HexFormat.of().parseHex("524544495330303130" + "f5" + "03616263");
    e = assertThrows(CorruptSnapshotException.class, () -> dump(functions));
    assertTrue(e.getMessage().contains("functions"));
    byte[] future = bytes("REDIS0099");
    e = assertThrows(CorruptSnapshotException.class, () -> dump(future));
    assertEquals("RDB version 99, expected 1 to 12", e.getMessage());
    e = assertThrows(CorruptSnapshotException.class, () -> dump(bytes("GARBAGE!!")));
    assertTrue(e.getMessage().startsWith("not an RDB snapshot"));
  }
}
