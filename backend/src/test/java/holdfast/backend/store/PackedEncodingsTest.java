package holdfast.backend.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The samples are what redis-server wrote, or are put together from its headers by hand. */
class PackedEncodingsTest {
  private static List<String> texts(List<byte[]> elements) {
    return elements.stream().map(e -> new String(e, StandardCharsets.ISO_8859_1)).toList();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  @Test
  void readsEachIntegerOfAListpack() throws Exception {
    byte[] packed =
        hex(
            "3f000000 0a00"
                + " 7f 01" // 127
                + " dfff 02" // -1 in 13 bits
                + " d000 02" // -4096
                + " cfff 02" // 4095
                + " f10080 03" // -32768
                + " f2000080 04" // -8388608
                + " f2ffff7f 04" // 8388607
                + " f300000080 05" // -2147483648
                + " f40000000000000080 09" // smallest long
                + " 00 01" // 0
                + " ff");
    LittleEndian.putInt(packed, 0, packed.length);
    assertEquals(
        List.of(
            "127",
            "-1",
            "-4096",
            "4095",
            "-32768",
            "-8388608",
            "8388607",
            "-2147483648",
            "-9223372036854775808",
            "0"),
        texts(PackedEncodings.listpack(packed)));
  }

  @Test
  void readsEachStringLengthOfAListpack() throws Exception {
    var random = new Random(3);
    for (int length : new int[] {0, 1, 63, 64, 126, 127, 4095, 4096, 16_380, 20_000, 2_100_000}) {
      var value = new byte[length];
      random.nextBytes(value);
      byte[] packed = listpackOf(value, value);
      assertEquals(2, PackedEncodings.listpack(packed).size());
      assertEquals(
          Arrays.hashCode(value), Arrays.hashCode(PackedEncodings.listpack(packed).get(1)));
    }
  }

  /** Written from the description of the format, apart from the reader. */
  static byte[] listpackOf(byte[]... values) {
    var out = new java.io.ByteArrayOutputStream();
    out.writeBytes(new byte[6]);
    for (byte[] value : values) {
      int head;
      if (value.length < 64) {
        out.write(0x80 | value.length);
        head = 1;
      } else if (value.length < 4096) {
        out.write(0xe0 | value.length >> 8);
        out.write(value.length);
        head = 2;
      } else {
        var length = new byte[5];
        length[0] = (byte) 0xf0;
        LittleEndian.putInt(length, 1, value.length);
        out.writeBytes(length);
        head = 5;
      }
      out.writeBytes(value);
      int size = head + value.length;
      int back = size <= 127 ? 1 : size < 16_383 ? 2 : size < 2_097_151 ? 3 : 4;
      for (int i = back - 1; i >= 0; i--) {
        out.write(size >> 7 * i & 0x7f | (i == back - 1 ? 0 : 0x80));
      }
    }
    out.write(0xff);
    byte[] packed = out.toByteArray();
    LittleEndian.putInt(packed, 0, packed.length);
    packed[4] = (byte) values.length;
    packed[5] = (byte) (values.length >> 8);
    return packed;
  }

  @Test
  void readsEachEntryOfAZiplist() throws Exception {
    byte[] packed =
        hex(
            "00000000 00000000 0900"
                + " 00 f1" // 0
                + " 02 fd" // 12
                + " 02 fe80" // -128
                + " 03 c00080" // -32768
                + " 04 f0000080" // -8388608
                + " 05 d000000080" // -2147483648
                + " 06 e0ffffffffffffff7f" // largest long
                + " 0a 03616263" // abc
                + " fe05000000 4003 78797a" // xyz, with the longer form of both lengths
                + " ff");
    LittleEndian.putInt(packed, 0, packed.length);
    assertEquals(
        List.of(
            "0",
            "12",
            "-128",
            "-32768",
            "-8388608",
            "-2147483648",
            "9223372036854775807",
            "abc",
            "xyz"),
        texts(PackedEncodings.ziplist(packed)));
  }

  @Test
  void readsTheThreeWidthsOfAnIntset() throws Exception {
    assertEquals(
        List.of("-1", "5"), texts(PackedEncodings.intset(hex("02000000 02000000 ffff 0500"))));
    assertEquals(
        List.of("70000"), texts(PackedEncodings.intset(hex("04000000 01000000 70110100"))));
    assertEquals(
        List.of("-9223372036854775808"),
        texts(PackedEncodings.intset(hex("08000000 01000000 0000000000000080"))));
  }

  @Test
  void readsAZipmap() throws Exception {
    assertEquals(
        List.of("foo", "bar", "hello", "world"),
        texts(
            PackedEncodings.zipmap(
                hex("02 03666f6f 03 00 626172 05 68656c6c6f 05 02 776f726c64 0000 ff"))));
  }

  @Test
  void refusesAnUnknownEntryByName() {
    byte[] packed = hex("00000000 0100 f501 02 ff");
    LittleEndian.putInt(packed, 0, packed.length);
    var e = assertThrows(CorruptSnapshotException.class, () -> PackedEncodings.listpack(packed));
    assertEquals("damaged listpack: unknown encoding 245", e.getMessage());
  }

  @Test
  void survivesDamageAnywhere() {
    var random = new Random(11);
    byte[] good = listpackOf("a".getBytes(), new byte[100], "5".getBytes(), new byte[5000]);
    for (int round = 0; round < 20_000; round++) {
      byte[] bad = good.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      LittleEndian.putInt(bad, 0, bad.length);
      readsOrRefuses(() -> PackedEncodings.listpack(bad));
      readsOrRefuses(() -> PackedEncodings.ziplist(bad));
      readsOrRefuses(() -> PackedEncodings.zipmap(bad));
      readsOrRefuses(() -> PackedEncodings.intset(bad));
    }
  }

  private interface Reading {
    List<byte[]> run() throws CorruptSnapshotException;
  }

  private static void readsOrRefuses(Reading reading) {
    try {
      reading.run();
    } catch (CorruptSnapshotException e) {
      assertEquals("damaged", e.getMessage().split(" ")[0]);
    }
  }
}
