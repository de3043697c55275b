package holdfast.backend.engine;

/** What kind of floating-point number a text is by the grammar of C's strtod, as a whole. */
enum FloatSyntax {
  NONE,
  INFINITE,
  DECIMAL,
  HEXADECIMAL;

  /** The kind of {@code text}; "nan" and surrounding spaces count as none, as Redis wants it. */
  static FloatSyntax of(String text) {
    int at = signEnd(text);
    String rest = text.substring(at);
    if (rest.equalsIgnoreCase("inf") || rest.equalsIgnoreCase("infinity")) {
      return INFINITE;
    }
    boolean hexadecimal = isHexadecimal(text, at);
    if (hexadecimal) {
      at += 2;
    }
    int radix = hexadecimal ? 16 : 10;
    int end = digitsEnd(text, at, radix);
    int digits = end - at;
    if (end < text.length() && text.charAt(end) == '.') {
      int fraction = end + 1;
      end = digitsEnd(text, fraction, radix);
      digits += end - fraction;
    }
    if (digits == 0) {
      return NONE;
    }
    if (end < text.length()) {
      end = exponentEnd(text, end, hexadecimal ? 'p' : 'e');
    }
    if (end != text.length()) {
      return NONE;
    }
    return hexadecimal ? HEXADECIMAL : DECIMAL;
  }

  /** Whether the digits before the exponent are all zero; {@code text} is a number. */
  static boolean isZero(String text) {
    int at = signEnd(text);
    boolean hexadecimal = isHexadecimal(text, at);
    for (int i = hexadecimal ? at + 2 : at; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((hexadecimal ? c == 'p' || c == 'P' : c == 'e' || c == 'E')) {
        break;
      }
      if (c != '0' && c != '.') {
        return false;
      }
    }
    return true;
  }

  private static int signEnd(String text) {
    return !text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+') ? 1 : 0;
  }

  private static boolean isHexadecimal(String text, int at) {
    return at + 1 < text.length()
        && text.charAt(at) == '0'
        && (text.charAt(at + 1) == 'x' || text.charAt(at + 1) == 'X');
  }

  private static int digitsEnd(String text, int from, int radix) {
    int at = from;
    while (at < text.length()
        && text.charAt(at) < 128
        && Character.digit(text.charAt(at), radix) >= 0) {
      at++;
    }
    return at;
  }

  /** Where the exponent at {@code at} ends; {@code at} itself if there is none. */
  private static int exponentEnd(String text, int at, char letter) {
    if (Character.toLowerCase(text.charAt(at)) != letter) {
      return at;
    }
    int digits = at + 1;
    if (digits < text.length() && (text.charAt(digits) == '-' || text.charAt(digits) == '+')) {
      digits++;
    }
    int end = digitsEnd(text, digits, 10);
    return end == digits ? at : end;
  }
}
