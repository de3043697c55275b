package holdfast.backend.store;

/**
 * The CRC-64 that ends an RDB file: Jones polynomial, reflected, initial value 0, no final xor.
 * Eight table look-ups take eight bytes at once. Stateless; any thread. Source: Redis {@code
 * crc64.c}.
 */
public final class Crc64 {
  /** The Jones polynomial 0xad93d23594c935a9 with its bits reversed. */
  private static final long POLYNOMIAL = 0x95ac9329ac4bc9b5L;

  private static final long[][] TABLES = tables();

  private Crc64() {}

  private static long[][] tables() {
    var tables = new long[8][256];
    for (int octet = 0; octet < 256; octet++) {
      long crc = octet;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ POLYNOMIAL;
      }
      tables[0][octet] = crc;
    }
    for (int slice = 1; slice < 8; slice++) {
      for (int octet = 0; octet < 256; octet++) {
        long before = tables[slice - 1][octet];
        tables[slice][octet] = before >>> 8 ^ tables[0][(int) (before & 0xff)];
      }
    }
    return tables;
  }

  /** Goes on from {@code crc} (0 at the start) over {@code length} bytes. */
  public static long update(long crc, byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    long value = crc;
    for (; end - at >= 8; at += 8) {
      value ^= LittleEndian.getLong(bytes, at);
      value =
          TABLES[7][(int) (value & 0xff)]
              ^ TABLES[6][(int) (value >>> 8 & 0xff)]
              ^ TABLES[5][(int) (value >>> 16 & 0xff)]
              ^ TABLES[4][(int) (value >>> 24 & 0xff)]
              ^ TABLES[3][(int) (value >>> 32 & 0xff)]
              ^ TABLES[2][(int) (value >>> 40 & 0xff)]
              ^ TABLES[1][(int) (value >>> 48 & 0xff)]
              ^ TABLES[0][(int) (value >>> 56)];
    }
    for (; at < end; at++) {
      value = value >>> 8 ^ TABLES[0][(int) ((value ^ bytes[at]) & 0xff)];
    }
    return value;
  }
}
