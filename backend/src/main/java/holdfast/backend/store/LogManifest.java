package holdfast.backend.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which files make up the append-only log: a snapshot as its base, then increments of commands, to
 * be read in this order. The form is that of Redis 7's {@code appendonly.aof.manifest}, so that
 * either can start from the other's folder. Source: Redis {@code aof.c}.
 *
 * @param base file name of the base; null before the first one is complete
 * @param sequence number of the last file made; no number is used twice
 */
record LogManifest(@Nullable String base, List<String> increments, long sequence) {
  static final LogManifest EMPTY = new LogManifest(null, List.of(), 0);

  private static final Pattern LINE =
      Pattern.compile("file (?<name>\"?[^\"/ ]+\"?) seq (?<seq>\\d{1,18}) type (?<type>[bih]).*");

  LogManifest {
    increments = List.copyOf(increments);
  }

  static LogManifest parse(String text) throws CorruptSnapshotException {
    String base = null;
    var increments = new ArrayList<String>();
    long sequence = 0;
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Matcher matcher = LINE.matcher(line.strip());
      if (!matcher.matches()) {
        throw new CorruptSnapshotException(
            "manifest line "
                + number
                + ": \""
                + line
                + "\", expected \"file NAME seq N type b|i\"");
      }
      String name = matcher.group("name").replace("\"", "");
      sequence = Math.max(sequence, Long.parseLong(matcher.group("seq")));
      switch (matcher.group("type")) {
        case "b" -> {
          if (base != null) {
            throw new CorruptSnapshotException("manifest line " + number + ": a second base");
          }
          base = name;
        }
        case "i" -> increments.add(name);
        default -> {
          // "h": history, about to be deleted.
        }
      }
    }
    return new LogManifest(base, increments, sequence);
  }

  byte[] format() {
    var text = new StringBuilder();
    if (base != null) {
      line(text, base, 'b');
    }
    for (String increment : increments) {
      line(text, increment, 'i');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void line(StringBuilder text, String name, char type) {
    text.append("file ").append(name).append(" seq ").append(sequenceOf(name));
    text.append(" type ").append(type).append('\n');
  }

  /** The number in "appendonly.aof.12.incr.aof"; 1 in a name of another form. */
  private static long sequenceOf(String name) {
    Matcher matcher = Pattern.compile(".*\\.(\\d{1,18})\\.(base|incr)\\..*").matcher(name);
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : 1;
  }

  /** All files, in the order in which they are read. */
  List<String> names() {
    var names = new ArrayList<String>();
    if (base != null) {
      names.add(base);
    }
    names.addAll(increments);
    return names;
  }

  /** The increments from this one on. */
  List<String> from(String increment) {
    int at = increments.indexOf(increment);
    if (at < 0) {
      throw new IllegalStateException("no increment " + increment + " among " + increments);
    }
    return increments.subList(at, increments.size());
  }

  /** With one more increment behind the others. */
  LogManifest withIncrement(String name, long newSequence) {
    var more = new ArrayList<>(increments);
    more.add(name);
    return new LogManifest(base, more, newSequence);
  }

  static String incrementName(long sequence) {
    return "appendonly.aof." + sequence + ".incr.aof";
  }

  static String baseName(long sequence) {
    return "appendonly.aof." + sequence + ".base.rdb";
  }
}
