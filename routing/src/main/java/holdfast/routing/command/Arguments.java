package holdfast.routing.command;

/**
 * The arguments of one request, its name being number 0, wherever their bytes lie. Valid only while
 * the request is being looked at; one thread.
 */
public interface Arguments {
  /** How many there are, the name included. */
  int count();

  /** Bytes of argument {@code index}. */
  int length(int index);

  /** One byte of an argument. */
  byte byteAt(int index, int position);

  /** Whether argument {@code index} is {@code word} (ASCII, in lower case), in any case. */
  default boolean is(int index, String word) {
    int length = length(index);
    if (length != word.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      byte b = byteAt(index, i);
      if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether one of the arguments from {@code from} on is {@code word}, in any case. */
  default boolean has(int from, String word) {
    for (int i = from; i < count(); i++) {
      if (is(i, word)) {
        return true;
      }
    }
    return false;
  }

  /** Whether two arguments hold the same bytes. */
  default boolean same(int one, int other) {
    int length = length(one);
    if (length != length(other)) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (byteAt(one, i) != byteAt(other, i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The decimal number that an argument is, or {@link Long#MIN_VALUE} if it is none (of at most 18
   * digits, the first of them no needless zero, as Redis reads numbers).
   */
  default long number(int index) {
    int length = length(index);
    boolean negative = length > 0 && byteAt(index, 0) == '-';
    int from = negative ? 1 : 0;
    if (length == from || length - from > 18) {
      return Long.MIN_VALUE;
    }
    if (byteAt(index, from) == '0' && length > 1) {
      return Long.MIN_VALUE; // 01, -0
    }
    long value = 0;
    for (int i = from; i < length; i++) {
      byte b = byteAt(index, i);
      if (b < '0' || b > '9') {
        return Long.MIN_VALUE;
      }
      value = value * 10 + b - '0';
    }
    return negative ? -value : value;
  }
}
