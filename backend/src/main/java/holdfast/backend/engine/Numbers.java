package holdfast.backend.engine;

import java.nio.charset.StandardCharsets;

/** Numbers as Redis reads and prints them. */
public final class Numbers {
  /** What {@link #parseLong} answers for what is no integer; ask {@link #isLong} to be sure. */
  public static final long NONE = Long.MIN_VALUE;

  private static final byte[] LEAST = Words.bytes(Long.MIN_VALUE);

  private Numbers() {}

  /**
   * A 64-bit integer in its shortest decimal form: no plus sign, no leading zero, no space. Source:
   * Redis {@code util.c}, string2ll.
   *
   * @return the value or {@link #NONE}
   */
  public static long parseLong(byte[] text) {
    int length = text.length;
    if (length == 0 || length > 20) {
      return NONE;
    }
    boolean negative = text[0] == '-';
    int at = negative ? 1 : 0;
    if (at == length) {
      return NONE;
    }
    int first = text[at] - '0';
    if (first == 0) {
      return length == 1 ? 0 : NONE;
    }
    long value = 0;
    for (; at < length; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
        return NONE;
      }
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }

  /** Whether {@link #parseLong} means what it answers. */
  public static boolean isLong(byte[] text) {
    return parseLong(text) != NONE || java.util.Arrays.equals(text, LEAST);
  }

  /** How many characters a number takes in decimal, its sign included. */
  public static int digits(long value) {
    if (value == Long.MIN_VALUE) {
      return 20;
    }
    int count = value < 0 ? 2 : 1;
    for (long rest = Math.abs(value); rest >= 10; rest /= 10) {
      count++;
    }
    return count;
  }

  /**
   * A double as C's strtod reads it when nothing may stand around it: "inf", "infinity" in any
   * case, hexadecimal, but not "nan".
   *
   * @return the value, or NaN if it is none
   */
  public static double parseDouble(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return switch (FloatSyntax.of(text)) {
      case NONE -> Double.NaN;
      case INFINITE -> text.charAt(0) == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
      case HEXADECIMAL, DECIMAL -> finite(parseUnbounded(text), text);
    };
  }

  /**
   * A double as C's strtod reads it when only the end of the text is looked at: spaces may come
   * first, an empty text is zero, a zero byte ends it, what is too large is infinite.
   *
   * @return the value, or NaN if it is none
   */
  static double parseAfterSpaces(byte[] bytes, int from) {
    String text = new String(bytes, from, bytes.length - from, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\0');
    if (end >= 0) {
      text = text.substring(0, end);
    }
    if (text.isEmpty()) {
      return 0;
    }
    int start = 0;
    while (start < text.length() && isSpace(text.charAt(start))) {
      start++;
    }
    String number = text.substring(start);
    return switch (FloatSyntax.of(number)) {
      case NONE -> Double.NaN;
      case INFINITE ->
          number.charAt(0) == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
      case DECIMAL, HEXADECIMAL -> parseUnbounded(number);
    };
  }

  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  /** A finite number by {@link FloatSyntax}; what is beyond a double's range becomes inf or 0. */
  private static double parseUnbounded(String text) {
    boolean hexadecimal = FloatSyntax.of(text) == FloatSyntax.HEXADECIMAL;
    // Java wants the exponent that C lets one leave out.
    boolean hasExponent = text.indexOf('p') >= 0 || text.indexOf('P') >= 0;
    return Double.parseDouble(hexadecimal && !hasExponent ? text + "p0" : text);
  }

  /** C says ERANGE for what is too large, or too small to be more than nothing. */
  private static double finite(double value, String text) {
    boolean lost = Double.isInfinite(value) || (value == 0 && !FloatSyntax.isZero(text));
    return lost ? Double.NaN : value;
  }

  /** As Redis replies with a double: the shortest form that reads back the same, "%.17g" style. */
  public static String format(double value) {
    return Doubles.format17(value);
  }
}
