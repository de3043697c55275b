package holdfast.backend.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LzfTest {
  @Test
  void copiesLiteralsAndRepeatsThatOverlap() throws Exception {
    // "ab" as it is, then eight bytes from two back, in the short form.
    byte[] packed = {1, 'a', 'b', (byte) (6 << 5), 1};
    assertArrayEquals("ababababab".getBytes(StandardCharsets.US_ASCII), Lzf.decompress(packed, 10));
  }

  @Test
  void readsTheLongFormOfARepeat() throws Exception {
    byte[] packed = {0, 'x', (byte) (7 << 5), (byte) 200, 0};
    assertEquals(
        "x".repeat(210), new String(Lzf.decompress(packed, 210), StandardCharsets.US_ASCII));
  }

  @Test
  void refusesWhatReachesOutside() {
    assertThrows(CorruptSnapshotException.class, () -> Lzf.decompress(new byte[] {5, 'a'}, 6));
    assertThrows(
        CorruptSnapshotException.class, () -> Lzf.decompress(new byte[] {0, 'a', 32, 1}, 4));
    assertThrows(CorruptSnapshotException.class, () -> Lzf.decompress(new byte[] {0, 'a'}, 2));
    assertThrows(CorruptSnapshotException.class, () -> Lzf.decompress(new byte[] {1, 'a', 'b'}, 1));
  }

  @Test
  void survivesAnyBytes() {
    var random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      var packed = new byte[random.nextInt(40)];
      random.nextBytes(packed);
      try {
        assertEquals(64, Lzf.decompress(packed, 64).length);
      } catch (CorruptSnapshotException expected) {
        continue;
      }
    }
  }
}
