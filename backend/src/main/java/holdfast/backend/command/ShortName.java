package holdfast.backend.command;

import java.nio.charset.StandardCharsets;

/**
 * Names of up to eight bytes as one number, in lower case: nearly all commands that come often are
 * looked up by one comparison. The first byte is the lowest. Only functions; any thread.
 */
public final class ShortName {
  /** Longer names do not fit. */
  public static final int BYTES_MAX = 8;

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  private ShortName() {}

  /**
   * The name that lies in the first bytes of a word.
   *
   * @param word eight bytes, the first one lowest; those behind the name may be any
   * @param length of the name, 0 to 8
   */
  public static long of(long word, int length) {
    return lower(length == 0 ? 0 : word & (-1L >>> (64 - 8 * length)));
  }

  /** The name that lies in an array. */
  public static long of(byte[] source, int offset, int length) {
    long word = 0;
    for (int i = length - 1; i >= 0; i--) {
      word = (word << 8) | (source[offset + i] & 0xff);
    }
    return lower(word);
  }

  /** Of a constant. */
  public static long of(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return of(bytes, 0, bytes.length);
  }

  /** The highest bit of a byte tells, after an addition without carry, how it compares. */
  private static long lower(long word) {
    long low = word & ~HIGHS;
    long fromA = low + (0x80 - 'A') * ONES;
    long behindZ = low + (0x7f - 'Z') * ONES;
    long capitals = (fromA ^ behindZ) & ~word & HIGHS;
    return word | (capitals >>> 2);
  }
}
