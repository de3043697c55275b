package holdfast.backend.engine;

import java.util.Arrays;

/**
 * A string: bytes, or a number that is kept as one until somebody looks at its digits.
 *
 * <p>{@link #encoding} follows Redis: "int" for what is a 64-bit integer, "embstr" up to 44 bytes,
 * "raw" beyond and for all that was changed in place (APPEND, SETRANGE, SETBIT).
 */
public final class StringValue extends Value {
  private static final int EMBSTR_BYTES_MAX = 44;

  /** The array is the value's own from here on; its first {@link #length} bytes count. */
  private byte[] bytes;

  private int length;
  private long number;
  private boolean isNumber;
  private boolean isRaw;

  private StringValue(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  /** Keeps the array, which nobody may change afterwards; integers become "int". */
  public static StringValue of(byte[] bytes) {
    var value = new StringValue(bytes, bytes.length);
    if (bytes.length <= 20) {
      long number = Numbers.parseLong(bytes);
      if (number != Numbers.NONE || Numbers.isLong(bytes)) {
        value.number(number);
      }
    }
    return value;
  }

  /** An integer. */
  public static StringValue of(long number) {
    var value = new StringValue(Words.EMPTY, 0);
    value.number(number);
    return value;
  }

  /** Digits that stay text even if they look like an integer: the result of INCRBYFLOAT. */
  static StringValue ofFloat(byte[] bytes) {
    return new StringValue(bytes, bytes.length);
  }

  /** Bytes that count as changed in place: "raw" whatever their length. */
  public static StringValue raw(byte[] bytes) {
    var value = new StringValue(bytes, bytes.length);
    value.isRaw = true;
    return value;
  }

  /** Becomes an integer. */
  public void number(long value) {
    number = value;
    isNumber = true;
    isRaw = false;
    bytes = Words.EMPTY;
    length = 0;
  }

  /** Whether it is kept as an integer ("int"). */
  public boolean isNumber() {
    return isNumber;
  }

  /** The integer, if {@link #isNumber}. */
  public long number() {
    return number;
  }

  /** Its bytes; may be the value's own array: not to be changed. */
  public byte[] bytes() {
    if (isNumber) {
      return Words.bytes(number);
    }
    if (length != bytes.length) {
      bytes = Arrays.copyOf(bytes, length);
    }
    return bytes;
  }

  /** How many bytes. */
  public int length() {
    return isNumber ? Numbers.digits(number) : length;
  }

  /** Becomes "raw" and at least so long, with zeros added; its array may be changed then. */
  byte[] grown(int lengthMin) {
    if (isNumber) {
      bytes = Words.bytes(number);
      length = bytes.length;
      isNumber = false;
    } else if (!isRaw) {
      bytes = Arrays.copyOf(bytes, length); // it may be in a reply or an effect
    }
    isRaw = true;
    if (lengthMin > bytes.length) {
      // Twice as much as needed, a megabyte more at most: as Redis's strings grow.
      int room = lengthMin < 1 << 20 ? lengthMin * 2 : lengthMin + (1 << 20);
      bytes = Arrays.copyOf(bytes, length == 0 ? lengthMin : Math.max(room, lengthMin));
    }
    length = Math.max(length, lengthMin);
    return bytes;
  }

  /** Adds bytes at the end. */
  void append(byte[] more) {
    int at = length();
    System.arraycopy(more, 0, grown(at + more.length), at, more.length);
  }

  @Override
  public ValueType type() {
    return ValueType.STRING;
  }

  @Override
  public String encoding() {
    if (isNumber) {
      return "int";
    }
    return isRaw || length > EMBSTR_BYTES_MAX ? "raw" : "embstr";
  }

  @Override
  public StringValue copy() {
    if (isNumber) {
      return of(number);
    }
    var copy = new StringValue(Arrays.copyOf(bytes, length), length);
    copy.isRaw = isRaw;
    return copy;
  }

  @Override
  public boolean isEmpty() {
    return false;
  }
}
