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
  public static double parseDouble(byte[] text) {
    int length = text.length;
    if (length == 0 || length > 255) {
      return Double.NaN;
    }
    int at = text[0] == '-' || text[0] == '+' ? 1 : 0;
    if (at == length) {
      return Double.NaN;
    }
    byte first = text[at];
    String string = new String(text, StandardCharsets.ISO_8859_1);
    if (first == 'i' || first == 'I') {
      String word = string.substring(at);
      boolean infinite = word.equalsIgnoreCase("inf") || word.equalsIgnoreCase("infinity");
      double value = text[0] == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
      return infinite ? value : Double.NaN;
    }
    boolean hexadecimal =
        first == '0' && at + 1 < length && (text[at + 1] == 'x' || text[at + 1] == 'X');
    for (int i = at; i < length; i++) {
      byte b = text[i];
      boolean digit = (b >= '0' && b <= '9') || b == '.';
      boolean sign = b == '-' || b == '+';
      boolean letter =
          hexadecimal
              ? "0123456789abcdefxp".indexOf(Character.toLowerCase((char) (b & 0xFF))) >= 0
              : b == 'e' || b == 'E';
      if (!digit && !sign && !letter) {
        return Double.NaN; // Java would take "1d" and "1f"
      }
    }
    if (hexadecimal && string.indexOf('p') < 0 && string.indexOf('P') < 0) {
      string += "p0"; // Java wants the exponent that C lets one leave out
    }
    try {
      double value = Double.parseDouble(string);
      // C says ERANGE when a number is too large for a double; Redis refuses it then.
      return Double.isInfinite(value) ? Double.NaN : value;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** As Redis replies with a double: the shortest form that reads back the same, "%.17g" style. */
  public static String format(double value) {
    return Doubles.format17(value);
  }
}
