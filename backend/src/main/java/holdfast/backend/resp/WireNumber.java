package holdfast.backend.resp;

import io.netty.buffer.ByteBuf;

/** Decimal integers of header lines, as strict as Redis {@code string2ll}. */
final class WireNumber {
  /** No canonical integer, or one outside the range of int. The protocol never carries it. */
  static final long NONE = Long.MIN_VALUE;

  private static final int DIGITS_MAX = 20;

  private WireNumber() {}

  /**
   * The integer that fills {@code [from, to)} exactly: an optional minus sign, no plus, no leading
   * zero, no space, nothing beyond 64 bits.
   *
   * @return the integer, or {@link #NONE}; the smallest long is answered as one more than it is,
   *     which is as far outside every limit
   */
  static long parse(ByteBuf in, int from, int to) {
    int at = from;
    if (at == to || to - at > DIGITS_MAX) {
      return NONE;
    }
    byte first = in.getByte(at);
    boolean negative = first == '-';
    if (negative) {
      if (++at == to) {
        return NONE;
      }
      first = in.getByte(at);
    }
    if (first == '0') {
      return !negative && at + 1 == to ? 0 : NONE;
    }
    long value = 0;
    for (; at < to; at++) {
      int digit = in.getByte(at) - '0';
      if (digit < 0 || digit > 9) {
        return NONE;
      }
      // Counted downwards, because the negative range is one larger.
      if (value < (Long.MIN_VALUE + digit) / 10) {
        return NONE;
      }
      value = value * 10 - digit;
    }
    if (negative) {
      return value == Long.MIN_VALUE ? Long.MIN_VALUE + 1 : value;
    }
    return value == Long.MIN_VALUE ? NONE : -value;
  }

  /** Bytes that {@link #shortHeader} looks at. */
  static final int SHORT_BYTES = 8;

  /**
   * The common header at one glance: a type, one to five digits, CR and another byte, all within
   * eight bytes.
   *
   * @param word the eight bytes, the first one highest
   * @return the number times 16 plus the length of the header, or -1 if it is no such header (it
   *     may be a right one all the same: {@link #parse} tells)
   */
  static int shortHeader(long word) {
    int number = (int) (word >>> 48 & 0xff) - '0';
    if (number < 0 || number > 9) {
      return -1;
    }
    for (int shift = 40; shift > 0; shift -= 8) {
      int next = (int) (word >>> shift & 0xff);
      if (next == '\r') {
        return number << 4 | (72 - shift) >>> 3;
      }
      int digit = next - '0';
      if (digit < 0 || digit > 9 || number == 0) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return -1;
  }

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;

  /** Index of the first {@code wanted} in {@code [from, to)}, or -1. */
  static int find(ByteBuf in, int from, int to, byte wanted) {
    long pattern = ONES * (wanted & 0xff);
    int at = from;
    // Eight bytes at once. Only bytes behind the first hit can be taken for one by mistake.
    for (; at + Long.BYTES <= to; at += Long.BYTES) {
      long differing = in.getLongLE(at) ^ pattern;
      long hits = (differing - ONES) & ~differing & HIGHS;
      if (hits != 0) {
        return at + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
    }
    for (; at < to; at++) {
      if (in.getByte(at) == wanted) {
        return at;
      }
    }
    return -1;
  }
}
