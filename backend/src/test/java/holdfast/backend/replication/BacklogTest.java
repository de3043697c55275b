package holdfast.backend.replication;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private static byte[] read(Backlog backlog, long from) {
    var out = new ByteArrayOutputStream();
    backlog.from(from, out::write);
    return out.toByteArray();
  }

  @Test
  void holdsTheSameBytesAsAListThatForgets() {
    var random = new Random(4);
    var all = new ByteArrayOutputStream();
    var backlog = new Backlog(Backlog.SIZE_MIN, 1);
    int size = Backlog.SIZE_MIN;
    for (int round = 0; round < 3000; round++) {
      var piece = new byte[random.nextInt(random.nextInt(20) == 0 ? 60_000 : 900)];
      random.nextBytes(piece);
      int from = piece.length == 0 ? 0 : random.nextInt(piece.length);
      backlog.append(piece, from, piece.length - from);
      all.write(piece, from, piece.length - from);
      if (random.nextInt(100) == 0) {
        int before = backlog.held();
        size = Backlog.SIZE_MIN + random.nextInt(100_000);
        backlog.resize(size);
        assertEquals(Math.min(before, size), backlog.held());
      }
      assertEquals(all.size() + 1, backlog.nextOffset());
      if (round % 50 == 0) {
        byte[] history = all.toByteArray();
        long at = backlog.firstOffset() + random.nextInt(backlog.held() + 1);
        assertArrayEquals(
            Arrays.copyOfRange(history, (int) at - 1, history.length), read(backlog, at));
      }
    }
    assertEquals(size, backlog.size());
  }

  @Test
  void holdsExactlyItsSizeAndNotOneByteMore() {
    var backlog = new Backlog(Backlog.SIZE_MIN, 1);
    backlog.append(new byte[Backlog.SIZE_MIN], 0, Backlog.SIZE_MIN);
    assertEquals(1, backlog.firstOffset());
    backlog.append(new byte[1], 0, 1);
    assertEquals(2, backlog.firstOffset());
    assertEquals(Backlog.SIZE_MIN, backlog.held());
    assertThrows(IllegalArgumentException.class, () -> read(backlog, 1));
    assertThrows(IllegalArgumentException.class, () -> read(backlog, backlog.nextOffset() + 1));
    assertEquals(0, read(backlog, backlog.nextOffset()).length);
  }

  @Test
  void refusesASizeOutOfBounds() {
    assertThrows(IllegalArgumentException.class, () -> new Backlog(Backlog.SIZE_MIN - 1, 1));
    var backlog = new Backlog(Backlog.SIZE_MIN, 1);
    assertThrows(IllegalArgumentException.class, () -> backlog.resize(Backlog.SIZE_MAX + 1L));
  }

  @Test
  void beginsAnewAfterClear() {
    var backlog = new Backlog(Backlog.SIZE_MIN, 1);
    backlog.append(new byte[100], 0, 100);
    backlog.clear(5000);
    assertEquals(5000, backlog.firstOffset());
    backlog.append(new byte[] {7}, 0, 1);
    assertArrayEquals(new byte[] {7}, read(backlog, 5000));
  }
}
