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

  /** Index of the first {@code wanted} in {@code [from, to)}, or -1. */
  static int find(ByteBuf in, int from, int to, byte wanted) {
    // Header lines are a few bytes: a plain loop beats the set-up of a vector search.
    int near = Math.min(to, from + 16);
    for (int at = from; at < near; at++) {
      if (in.getByte(at) == wanted) {
        return at;
      }
    }
    return near == to ? -1 : in.indexOf(near, to, wanted);
  }
}
