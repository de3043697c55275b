package holdfast.backend.replication;

import java.util.Arrays;

/**
 * Reads commands out of a piece of the stream: arrays of bulk strings, as masters write them. Works
 * on memory, which holds whole commands but perhaps not from their beginning.
 */
public final class StreamCommands {
  /** Longest number of a header that is looked at. */
  private static final int DIGITS_MAX = 10;

  private final byte[] bytes;
  private final int end;
  private int at;

  private StreamCommands(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /** Takes a command. */
  @FunctionalInterface
  public interface Taker {
    /**
     * A whole command, at least its name.
     *
     * @param behind index of the first byte after it
     */
    void take(byte[][] arguments, int behind);
  }

  /**
   * Hands on each whole command from {@code from} on.
   *
   * @return index behind the last whole one; {@code bytes.length} if all are whole
   */
  public static int read(byte[] bytes, int from, Taker taker) {
    var reader = new StreamCommands(bytes, from, bytes.length);
    int whole = from;
    for (byte[][] command = reader.next(); command != null; command = reader.next()) {
      whole = reader.at;
      taker.take(command, whole);
    }
    return whole;
  }

  /**
   * Where the first whole command begins, in bytes of which the beginning is missing; {@code
   * bytes.length} if nowhere. A value may look like a command, so what is taken for one must go on
   * as commands to the very end.
   */
  public static int firstWhole(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      boolean candidate = bytes[i] == '*' && (i == 0 || bytes[i - 1] == '\n');
      if (candidate && read(bytes, i, (_, _) -> {}) == bytes.length) {
        return i;
      }
    }
    return bytes.length;
  }

  private byte @org.jspecify.annotations.Nullable [][] next() {
    int count = header('*');
    // Each argument takes at least "$0\r\n\r\n".
    if (count < 1 || count > (end - at) / 6) {
      return null;
    }
    var arguments = new byte[count][];
    for (int i = 0; i < count; i++) {
      int length = header('$');
      if (length < 0 || end - at - length < 2) {
        return null;
      }
      arguments[i] = Arrays.copyOfRange(bytes, at, at + length);
      at += length;
      if (bytes[at] != '\r' || bytes[at + 1] != '\n') {
        return null;
      }
      at += 2;
    }
    return arguments;
  }

  /** The number of a line that begins with {@code kind}; -1 if there is none. */
  private int header(char kind) {
    if (at >= end || bytes[at] != kind) {
      return -1;
    }
    long value = 0;
    int start = ++at;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9' && at - start < DIGITS_MAX) {
      value = value * 10 + bytes[at++] - '0';
    }
    if (at == start
        || end - at < 2
        || bytes[at] != '\r'
        || bytes[at + 1] != '\n'
        || value > Integer.MAX_VALUE) {
      return -1;
    }
    at += 2;
    return (int) value;
  }
}
