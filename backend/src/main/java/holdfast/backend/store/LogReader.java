package holdfast.backend.store;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads one increment of the append-only log: commands as clients send them, and lines that begin
 * with '#', which Redis skips and in which we note where in the replication stream we are.
 *
 * <p>A command, or a transaction from its MULTI to its EXEC, is handed on only when it is whole.
 * What ends in the middle of one is a torn tail: the process or machine died while writing.
 * Anything else that is no command is damage, which is refused: nobody can know what followed. One
 * thread.
 */
final class LogReader {
  private static final int LINE_BYTES_MAX = 128;
  private static final int ARGUMENTS_MAX = 1024 * 1024;
  private static final int CHUNK = 1 << 20;

  /** Takes what the log holds, in order. */
  interface Sink {
    /** A whole command; {@code bytes} is how long it is in the log, thus in the stream. */
    void command(byte[][] arguments, long bytes) throws IOException;

    /** A line, without its '#'. */
    void note(String line);
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Command(byte[][] arguments, long bytes) {}

  private final InputStream in;
  private final String name;
  private final Sink sink;
  private final List<Command> transaction = new ArrayList<>();
  private boolean inTransaction;
  private long position;

  /** How much of the file is whole. */
  private long whole;

  private LogReader(InputStream in, String name, Sink sink) {
    this.in = in;
    this.name = name;
    this.sink = sink;
  }

  /**
   * Reads a whole file.
   *
   * @return bytes up to the end of the last whole command or transaction; less than the file has if
   *     its tail is torn
   */
  static long read(Path file, Sink sink) throws IOException {
    try (var in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      var reader = new LogReader(in, String.valueOf(file.getFileName()), sink);
      try {
        while (reader.one()) {
          // Each hands itself on.
        }
      } catch (EOFException torn) {
        return reader.whole;
      } catch (CorruptSnapshotException e) {
        if (isZero(file, reader.position - 1)) {
          return reader.whole;
        }
        throw e;
      }
      return reader.whole;
    }
  }

  /**
   * Whether a file is nothing but zeroes from this byte on: after a power failure it may have its
   * new length and not yet its bytes. What it breaks off in is a torn tail too.
   */
  private static boolean isZero(Path file, long from) throws IOException {
    try (var in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      in.skipNBytes(from);
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next != 0) {
          return false;
        }
      }
      return true;
    }
  }

  private boolean one() throws IOException {
    long start = position;
    int first = in.read();
    if (first < 0) {
      return false;
    }
    position++;
    switch (first) {
      case '#' -> {
        String note = line();
        sink.note(note);
        if (!inTransaction) {
          whole = position;
        }
      }
      case '*' -> {
        int count = (int) number(line(), ARGUMENTS_MAX, start);
        var arguments = new byte[Math.min(count, 1024)][];
        for (int i = 0; i < count; i++) {
          if (i == arguments.length) {
            arguments = java.util.Arrays.copyOf(arguments, Math.min(count, i * 2));
          }
          arguments[i] = bulk();
        }
        if (count > 0) {
          take(new Command(arguments, position - start));
        }
      }
      default -> throw damaged(start, "byte " + first + " where a command begins");
    }
    return true;
  }

  private void take(Command command) throws IOException {
    String verb = new String(command.arguments[0], StandardCharsets.ISO_8859_1);
    if (!inTransaction && verb.equalsIgnoreCase("MULTI")) {
      inTransaction = true;
    }
    if (!inTransaction) {
      hand(command);
      whole = position;
      return;
    }
    transaction.add(command);
    if (verb.equalsIgnoreCase("EXEC")) {
      for (Command part : transaction) {
        hand(part);
      }
      transaction.clear();
      inTransaction = false;
      whole = position;
    }
  }

  private void hand(Command command) throws IOException {
    sink.command(command.arguments, command.bytes);
  }

  private byte[] bulk() throws IOException {
    long start = position;
    if (octet() != '$') {
      throw damaged(start, "no '$' where an argument begins");
    }
    int length = (int) number(line(), RdbFormat.STRING_BYTES_MAX, start);
    // A length may lie: let the array grow only as its bytes come.
    var bytes = new byte[Math.min(length, CHUNK)];
    for (int got = 0; got < length; ) {
      if (got == bytes.length) {
        bytes = java.util.Arrays.copyOf(bytes, (int) Math.min(length, got * 2L));
      }
      int more = in.readNBytes(bytes, got, bytes.length - got);
      position += more;
      got += more;
      if (got < bytes.length) {
        throw new EOFException();
      }
    }
    if (octet() != '\r' || octet() != '\n') {
      throw damaged(start, "no line break behind an argument");
    }
    return bytes;
  }

  private int octet() throws IOException {
    int value = in.read();
    if (value < 0) {
      throw new EOFException();
    }
    position++;
    return value;
  }

  private String line() throws IOException {
    long start = position;
    var text = new StringBuilder();
    for (int c = octet(); c != '\n'; c = octet()) {
      if (text.length() == LINE_BYTES_MAX) {
        throw damaged(start, "a line longer than " + LINE_BYTES_MAX + " bytes");
      }
      text.append((char) c);
    }
    int length = text.length();
    return length > 0 && text.charAt(length - 1) == '\r'
        ? text.substring(0, length - 1)
        : text.toString();
  }

  private long number(String text, long max, long at) throws CorruptSnapshotException {
    if (!text.isEmpty() && text.length() <= 18 && text.chars().allMatch(Character::isDigit)) {
      long value = Long.parseLong(text);
      if (value <= max) {
        return value;
      }
    }
    throw damaged(at, "length \"" + text + "\", expected 0 to " + max);
  }

  private CorruptSnapshotException damaged(long at, String why) {
    return new CorruptSnapshotException(
        "the append-only file "
            + name
            + " is damaged at byte "
            + at
            + ": "
            + why
            + ". Nothing was changed; keep a copy, then cut it there (redis-check-aof --fix)");
  }
}
