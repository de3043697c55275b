package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HyperLogLogTest {
  private static byte[] registers(HyperLogLog value) {
    var registers = new byte[HyperLogLog.REGISTERS];
    value.mergeInto(registers);
    return registers;
  }

  @Test
  void countsNearlyRightFromNothingToMuch() {
    HyperLogLog value = HyperLogLog.empty();
    assertEquals(0, HyperLogLog.count(registers(value)));
    for (int i = 1; i <= 100_000; i++) {
      value.add(Words.bytes(i));
      assertFalse(value.add(Words.bytes(i)), "twice is once");
      if (i == 1 || i == 100 || i == 5000 || i == 100_000) {
        long count = HyperLogLog.count(registers(value));
        assertEquals(i, count, Math.max(1, i * 0.03));
      }
    }
    assertTrue(value.isDense());
  }

  @Test
  void bothFormsHoldTheSameRegisters() {
    var random = new Random(7);
    HyperLogLog sparse = HyperLogLog.empty();
    HyperLogLog dense = HyperLogLog.empty();
    dense.toDense();
    var expected = new byte[HyperLogLog.REGISTERS];
    for (int i = 0; i < 800; i++) {
      int register = random.nextInt(HyperLogLog.REGISTERS);
      int height = 1 + random.nextInt(20);
      boolean higher = height > expected[register];
      expected[register] = (byte) Math.max(expected[register], height);
      assertEquals(higher, sparse.raise(register, height));
      assertEquals(higher, dense.raise(register, height));
    }
    assertFalse(sparse.isDense());
    assertEquals(Arrays.toString(expected), Arrays.toString(registers(sparse)));
    assertEquals(Arrays.toString(expected), Arrays.toString(registers(dense)));
    sparse.toDense();
    assertEquals(Arrays.toString(expected), Arrays.toString(registers(sparse)));
  }

  @Test
  void nonsenseIsRefusedAndNeverAnythingElse() {
    assertNull(HyperLogLog.of(new byte[0]));
    assertNull(HyperLogLog.of(Words.bytes("HYLL")));
    var random = new Random(3);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = HyperLogLog.empty().bytes();
      byte[] damaged = Arrays.copyOf(bytes, 16 + random.nextInt(12));
      for (int at = 16; at < damaged.length; at++) {
        damaged[at] = (byte) random.nextInt(256);
      }
      HyperLogLog value = Objects.requireNonNull(HyperLogLog.of(damaged));
      try {
        value.add(Words.bytes(i));
        registers(value);
      } catch (IllegalStateException expected) {
        refused++;
      }
    }
    assertTrue(refused > 10_000, refused + " refused");
    assertNotNull(HyperLogLog.of(HyperLogLog.empty().bytes()));
  }
}
