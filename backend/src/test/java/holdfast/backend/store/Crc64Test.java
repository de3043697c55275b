package holdfast.backend.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Crc64Test {
  @Test
  void hasTheKnownCheckValue() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertEquals(0xe9c6d914c4b8d9caL, Crc64.update(0, digits, 0, digits.length));
  }

  @Test
  void isTheSameBitByBitAndInAnyPieces() {
    var random = new Random(1);
    for (int round = 0; round < 200; round++) {
      var bytes = new byte[random.nextInt(70)];
      random.nextBytes(bytes);
      long slow = 0;
      for (byte b : bytes) {
        slow ^= b & 0xff;
        for (int bit = 0; bit < 8; bit++) {
          slow = (slow & 1) == 0 ? slow >>> 1 : slow >>> 1 ^ 0x95ac9329ac4bc9b5L;
        }
      }
      int cut = random.nextInt(bytes.length + 1);
      long fast = Crc64.update(Crc64.update(0, bytes, 0, cut), bytes, cut, bytes.length - cut);
      assertEquals(slow, fast);
    }
  }
}
