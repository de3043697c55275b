package holdfast.backend.store;

import holdfast.backend.replication.DivergentTail;
import holdfast.backend.replication.StreamCommands;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of writes that a switch took back: one per divergent tail, the commands as they stood
 * in the stream, so that they can be read, or sent to a master again by {@code redis-cli --pipe}.
 * They are never deleted here. One thread.
 */
public final class RollbackFiles {
  private static final Pattern NAME =
      Pattern.compile("rollback-\\d{1,18}-\\d{1,18}-\\d{1,18}\\.resp");

  /** A file. */
  public record Entry(String name, long bytes) {}

  /**
   * Commands of a file, as text.
   *
   * @param next where the next page begins; 0 if this is the last
   */
  public record Page(List<String> commands, long next) {
    /** Copies the list. */
    public Page {
      commands = List.copyOf(commands);
    }
  }

  private final Path folder;

  /** Those of this data folder. */
  public RollbackFiles(Path folder) {
    this.folder = folder;
  }

  /** What the tail's file is called. */
  public static String name(long epoch, DivergentTail tail) {
    return "rollback-" + epoch + "-" + tail.from() + "-" + tail.to() + ".resp";
  }

  /** Whether this file is there. */
  public boolean has(String name) {
    return Files.exists(folder.resolve(name));
  }

  /**
   * Writes what was kept of the tail; returns when it is on disk.
   *
   * @param database of its first command; -1 if that is not known
   */
  public void write(String name, DivergentTail tail, int database) throws IOException {
    byte[] select =
        database < 0
            ? new byte[0]
            : ("*2\r\n$6\r\nSELECT\r\n$"
                    + Integer.toString(database).length()
                    + "\r\n"
                    + database
                    + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    var content = new byte[select.length + tail.kept().length];
    System.arraycopy(select, 0, content, 0, select.length);
    System.arraycopy(tail.kept(), 0, content, select.length, tail.kept().length);
    try {
      DurableFiles.write(folder.resolve(name), content);
    } catch (IOException e) {
      // A file whose name may not be on disk must not pass for one that was kept.
      Files.deleteIfExists(folder.resolve(name));
      throw e;
    }
  }

  /** All files, by name. */
  public List<Entry> list() throws IOException {
    var entries = new ArrayList<Entry>();
    try (var files = Files.newDirectoryStream(folder, "rollback-*.resp")) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (NAME.matcher(name).matches()) {
          entries.add(new Entry(name, Files.size(file)));
        }
      }
    }
    entries.sort(java.util.Comparator.comparing(Entry::name));
    return entries;
  }

  /**
   * Some of a file's commands, one line each, quoted as {@code redis-cli} takes them.
   *
   * @param from 0, or what the page before said
   * @return null if there is no such file
   * @throws IOException if it cannot be read, or has no whole command there
   */
  public @Nullable Page page(String name, long from, int bytesMax) throws IOException {
    if (!NAME.matcher(name).matches() || !has(name)) {
      return null;
    }
    try (var file = new RandomAccessFile(folder.resolve(name).toFile(), "r")) {
      long left = file.length() - from;
      if (from < 0 || left < 0) {
        throw new IOException(name + " has " + file.length() + " bytes, none at " + from);
      }
      // A command longer than a page is read whole.
      for (long count = Math.min(left, bytesMax); ; count = Math.min(left, count * 2)) {
        var bytes = new byte[Math.toIntExact(count)];
        file.seek(from);
        file.readFully(bytes);
        var lines = new ArrayList<String>();
        int whole = StreamCommands.read(bytes, 0, (arguments, _) -> lines.add(line(arguments)));
        if (whole > 0 || count == left) {
          if (whole < count && count == left) {
            throw new IOException(name + " holds no command at byte " + (from + whole));
          }
          return new Page(lines, whole == left ? 0 : from + whole);
        }
      }
    }
  }

  private static String line(byte[][] arguments) {
    var line = new StringBuilder();
    for (byte[] argument : arguments) {
      if (!line.isEmpty()) {
        line.append(' ');
      }
      quote(argument, line);
    }
    return line.toString();
  }

  private static void quote(byte[] argument, StringBuilder to) {
    boolean plain = argument.length > 0;
    for (byte b : argument) {
      plain &= b > ' ' && b < 127 && b != '"' && b != '\'' && b != '\\';
    }
    if (plain) {
      to.append(new String(argument, StandardCharsets.US_ASCII));
      return;
    }
    to.append('"');
    for (byte b : argument) {
      switch (b) {
        case '"' -> to.append("\\\"");
        case '\\' -> to.append("\\\\");
        case '\n' -> to.append("\\n");
        case '\r' -> to.append("\\r");
        case '\t' -> to.append("\\t");
        default -> {
          if (b >= ' ' && b < 127) {
            to.append((char) b);
          } else {
            to.append("\\x%02x".formatted(b & 0xff));
          }
        }
      }
    }
    to.append('"');
  }
}
