package holdfast.proxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Typed reads of one parsed configuration. A read never throws: what is wrong becomes a {@link
 * Problem} and the default stands in, so that one pass finds everything. Each read makes its key
 * known; {@link #refuseUnknown} then tells the rest. One thread, used once.
 */
final class Options {
  private static final Map<String, Long> TIME_UNITS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L,
          "d", 86_400_000_000_000L);
  private static final Map<String, Long> SIZE_UNITS =
      Map.of(
          "B", 1L,
          "KB", 1L << 10,
          "MB", 1L << 20,
          "GB", 1L << 30);

  /** Redis's replica-priority unless told otherwise; 0 is never promoted. */
  private static final int PRIORITY = 100;

  private static final int PRIORITY_MAX = 1000;

  /** An address with a priority, as in {@code backends}. */
  record Entry(NodeAddress address, int priority) {}

  private final Config root;
  private final String file;
  private final Surroundings surroundings;
  private final Set<String> known = new TreeSet<>();
  private final List<Problem> problems = new ArrayList<>();

  Options(Config root, String file, Surroundings surroundings) {
    this.root = root;
    this.file = file;
    this.surroundings = surroundings;
  }

  /** All that was found wrong so far, in the order of the lines. */
  List<Problem> problems() {
    return problems.stream().sorted(Comparator.comparingInt(Problem::line)).toList();
  }

  /** Every key that was asked for. */
  Set<String> known() {
    return known;
  }

  /** A conflict between options, told at the place of {@code key}. */
  void refuse(String key, String fix) {
    ConfigValue value = find(key);
    problems.add(problem(value, key, value == null ? null : text(value), fix));
  }

  /** Plain text; the empty string where none is wanted. */
  String text(String key, String fallback) {
    ConfigValue value = find(key);
    if (value == null) {
      return fallback;
    }
    String text = scalar(key, value, "text");
    return text == null ? fallback : text;
  }

  /** The name of a node; the empty string where it is to be made up. */
  String name(String key) {
    String text = text(key, "");
    ConfigValue value = find(key);
    if (value != null && !text.isEmpty()) {
      try {
        return new NodeId(text).value();
      } catch (IllegalArgumentException e) {
        return wrong(key, value, "expected 1 to 64 letters, digits, '.', '_' or '-'", "");
      }
    }
    return text;
  }

  /** One word of at most 64 characters. */
  String word(String key, String fallback) {
    String text = text(key, fallback);
    ConfigValue value = find(key);
    if (value != null && (text.isEmpty() || text.length() > 64 || text.indexOf(' ') >= 0)) {
      return wrong(key, value, "expected one word of at most 64 characters", fallback);
    }
    return text;
  }

  boolean flag(String key, boolean fallback) {
    ConfigValue value = find(key);
    String text = value == null ? null : scalar(key, value, "true or false");
    if (value == null || text == null) {
      return fallback;
    }
    return switch (text) {
      case "true", "yes", "on" -> true;
      case "false", "no", "off" -> false;
      default -> wrong(key, value, "expected true or false", fallback);
    };
  }

  int count(String key, int fallback, int min, int max) {
    ConfigValue value = find(key);
    String expected = "a whole number from " + min + " to " + max;
    String text = value == null ? null : scalar(key, value, expected);
    if (value == null || text == null) {
      return fallback;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return (int) number;
      }
    } catch (NumberFormatException e) {
      // Told below, as a value out of range is.
    }
    return wrong(key, value, "expected " + expected, fallback);
  }

  /** A time in nanoseconds; written with its unit. */
  long nanos(String key, Duration fallback, Duration min, Duration max) {
    String expected = "a time from " + shown(min) + " to " + shown(max) + " with its unit";
    return amount(
        key,
        fallback.toNanos(),
        min.toNanos(),
        max.toNanos(),
        TIME_UNITS,
        expected + " (250ms, 2s)");
  }

  /** A size in bytes; written with its unit. */
  long bytes(String key, long fallback, long min, long max) {
    String expected = "a size from " + size(min) + " to " + size(max) + " with its unit";
    return amount(key, fallback, min, max, SIZE_UNITS, expected + " (64KB, 1MB)");
  }

  private long amount(
      String key, long fallback, long min, long max, Map<String, Long> units, String expected) {
    ConfigValue value = find(key);
    String text = value == null ? null : scalar(key, value, expected);
    if (value == null || text == null) {
      return fallback;
    }
    int digits = 0;
    while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
      digits++;
    }
    Long unit = units.get(text.substring(digits).strip());
    if (digits > 0 && digits <= 18 && unit != null) {
      long number = Long.parseLong(text.substring(0, digits));
      if (number <= Long.MAX_VALUE / unit && number * unit >= min && number * unit <= max) {
        return number * unit;
      }
    }
    return wrong(key, value, "expected " + expected, fallback);
  }

  /** One of the names of an enum: lower case, with hyphens. */
  <E extends Enum<E>> E choice(String key, E fallback, Map<String, String> refused) {
    ConfigValue value = find(key);
    if (value == null) {
      return fallback;
    }
    var names = new TreeMap<String, E>();
    for (E each : fallback.getDeclaringClass().getEnumConstants()) {
      names.put(nameOf(each), each);
    }
    String expected = "expected " + String.join(" or ", names.keySet());
    String text = scalar(key, value, expected);
    if (text == null) {
      return fallback;
    }
    E chosen = names.get(text);
    if (chosen != null) {
      return chosen;
    }
    String why = refused.get(text);
    return wrong(key, value, why == null ? expected : why + "; " + expected, fallback);
  }

  static String nameOf(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  NodeAddress address(String key, NodeAddress fallback) {
    ConfigValue value = find(key);
    String text = value == null ? null : scalar(key, value, "an address as host:port");
    if (value == null || text == null) {
      return fallback;
    }
    NodeAddress address = parseAddress(key, value, text);
    return address == null ? fallback : address;
  }

  /** Addresses as a list, or as one text with commas, which is what an environment can give. */
  List<NodeAddress> addresses(String key, List<NodeAddress> fallback) {
    ConfigValue value = find(key);
    if (value == null) {
      return fallback;
    }
    var addresses = new ArrayList<NodeAddress>();
    for (Entry entry : entries(key, value, false)) {
      addresses.add(entry.address());
    }
    return addresses;
  }

  /** Names of commands, in lower case: a list of words, or one text with commas. */
  Set<String> commands(String key) {
    ConfigValue value = find(key);
    var names = new LinkedHashSet<String>();
    if (value == null) {
      return names;
    }
    List<ConfigValue> parts = value instanceof ConfigList list ? list : List.of(value);
    for (ConfigValue part : parts) {
      if (part.valueType() != ConfigValueType.STRING) {
        wrong(key, part, "expected names of commands: [incr, \"config|set\"]", 0);
        return names;
      }
      for (String name : text(part).split(",", -1)) {
        if (!name.isBlank()) {
          names.add(name.strip().toLowerCase(Locale.ROOT));
        }
      }
    }
    return names;
  }

  /** Addresses with a priority each: {@code "host:port"} or {@code {address, priority}}. */
  List<Entry> entries(String key, List<Entry> fallback) {
    ConfigValue value = find(key);
    return value == null ? fallback : entries(key, value, true);
  }

  private List<Entry> entries(String key, ConfigValue value, boolean withPriority) {
    var entries = new ArrayList<Entry>();
    if (value.valueType() == ConfigValueType.STRING) {
      for (String part : text(value).split(",", -1)) {
        if (!part.isBlank()) {
          addEntry(entries, key, value, part.strip(), PRIORITY);
        }
      }
    } else if (value instanceof ConfigList list) {
      for (ConfigValue each : list) {
        if (each.valueType() == ConfigValueType.STRING) {
          addEntry(entries, key, each, text(each), PRIORITY);
        } else if (withPriority && each instanceof ConfigObject object) {
          addObject(entries, key, object);
        } else {
          wrong(key, each, "expected addresses as \"host:port\"", 0);
        }
      }
    } else {
      wrong(key, value, "expected a list of addresses: [\"host:port\", ...]", 0);
    }
    return entries;
  }

  private void addObject(List<Entry> entries, String key, ConfigObject object) {
    within(
        key,
        object,
        inner -> {
          String address = inner.text("address", "");
          int priority = inner.count("priority", PRIORITY, 0, PRIORITY_MAX);
          addEntry(entries, key, object, address, priority);
          return address;
        });
  }

  /**
   * A list of objects, each with names of its own.
   *
   * @param max of them
   * @param expected an example of one
   * @param reader reads one
   */
  <T> List<T> objects(String key, int max, String expected, Function<Options, T> reader) {
    ConfigValue value = find(key);
    var read = new ArrayList<T>();
    if (value == null) {
      return read;
    }
    if (!(value instanceof ConfigList list)) {
      return wrong(key, value, "expected a list: [" + expected + ", ...]", read);
    }
    if (list.size() > max) {
      return wrong(key, value, "expected at most " + max + " of them", read);
    }
    for (ConfigValue each : list) {
      if (each instanceof ConfigObject object) {
        read.add(within(key, object, reader));
      } else {
        wrong(key, each, "expected " + expected, 0);
      }
    }
    return read;
  }

  /** Reads one object; what is wrong in it is told with its names behind {@code key}. */
  private <T> T within(String key, ConfigObject object, Function<Options, T> reader) {
    var inner = new Options(object.toConfig(), file, surroundings);
    T read = reader.apply(inner);
    inner.refuseUnknown();
    for (Problem problem : inner.problems()) {
      problems.add(
          new Problem(
              problem.source(),
              problem.line(),
              key + "." + problem.key(),
              problem.value(),
              problem.fix()));
    }
    return read;
  }

  /** A list of words, or one text with commas. */
  List<String> words(String key) {
    ConfigValue value = find(key);
    var words = new ArrayList<String>();
    if (value instanceof ConfigList list) {
      for (ConfigValue each : list) {
        String text = scalar(key, each, "words");
        if (text != null) {
          words.add(text);
        }
      }
    } else if (value != null) {
      String text = scalar(key, value, "words");
      words.addAll(text == null ? List.of() : List.of(text.split(",", -1)));
    }
    return words.stream().map(String::strip).filter(word -> !word.isEmpty()).toList();
  }

  private void addEntry(
      List<Entry> entries, String key, ConfigValue at, String text, int priority) {
    NodeAddress address = parseAddress(key, at, text);
    if (address == null) {
      return;
    }
    for (Entry entry : entries) {
      if (entry.address().equals(address)) {
        problems.add(problem(at, key, text, "named twice; take one of them out"));
        return;
      }
    }
    entries.add(new Entry(address, priority));
  }

  private @Nullable NodeAddress parseAddress(String key, ConfigValue at, String text) {
    try {
      return NodeAddress.parse(text);
    } catch (IllegalArgumentException e) {
      problems.add(problem(at, key, text, "expected an address as host:port, the port 1 to 65535"));
      return null;
    }
  }

  /** The secret {@code key}, or what the file named by {@code key-file} holds. Never shown. */
  Secret secret(String key) {
    ConfigValue value = find(key);
    ConfigValue fileValue = find(key + "-file");
    String plain = value == null ? "" : text(value);
    String path = fileValue == null ? "" : text(fileValue);
    if (value != null && isContainer(value)) {
      problems.add(problem(value, key, null, "expected text"));
      return Secret.NONE;
    }
    if (path.isEmpty()) {
      return Secret.of(plain);
    }
    if (!plain.isEmpty()) {
      problems.add(problem(fileValue, key + "-file", path, "give " + key + " or this, not both"));
      return Secret.NONE;
    }
    try {
      String secret = surroundings.secretFile(path).strip();
      if (!secret.isEmpty()) {
        return Secret.of(secret);
      }
      problems.add(problem(fileValue, key + "-file", path, "the file is empty"));
    } catch (IOException e) {
      problems.add(
          problem(fileValue, key + "-file", path, "expected a file that can be read (" + e + ")"));
    }
    return Secret.NONE;
  }

  /** Tells every key that nothing asked for. */
  void refuseUnknown() {
    for (Map.Entry<String, ConfigValue> entry : new TreeMap<>(leaves()).entrySet()) {
      String key = entry.getKey();
      if (known.contains(key) || known.stream().anyMatch(k -> key.startsWith(k + "."))) {
        continue;
      }
      if (known.stream().anyMatch(k -> k.startsWith(key + "."))) {
        problems.add(
            problem(entry.getValue(), key, null, "expected a section: " + key + " { ... }"));
        continue;
      }
      String near = Nearest.of(key, known);
      problems.add(
          problem(
              entry.getValue(),
              key,
              null,
              near == null
                  ? "no such option; conf/holdfast.conf lists them all"
                  : "no such option; did you mean " + near + "?"));
    }
  }

  private Map<String, ConfigValue> leaves() {
    var leaves = new TreeMap<String, ConfigValue>();
    for (Map.Entry<String, ConfigValue> entry : root.entrySet()) {
      leaves.put(entry.getKey(), entry.getValue());
    }
    return leaves;
  }

  private @Nullable ConfigValue find(String key) {
    known.add(key);
    return root.hasPath(key) ? root.getValue(key) : null;
  }

  private @Nullable String scalar(String key, ConfigValue value, String expected) {
    if (isContainer(value)) {
      problems.add(problem(value, key, null, "expected " + expected));
      return null;
    }
    return text(value);
  }

  private static boolean isContainer(ConfigValue value) {
    return value.valueType() == ConfigValueType.OBJECT || value.valueType() == ConfigValueType.LIST;
  }

  private static String text(ConfigValue value) {
    return String.valueOf(value.unwrapped());
  }

  private <T> T wrong(String key, ConfigValue value, String fix, T fallback) {
    problems.add(problem(value, key, text(value), fix));
    return fallback;
  }

  private Problem problem(
      @Nullable ConfigValue at, String key, @Nullable String value, String fix) {
    if (at == null) {
      return new Problem(file, 0, key, value, fix);
    }
    int line = at.origin().lineNumber();
    return line > 0
        ? new Problem(file, line, key, value, fix)
        : new Problem(at.origin().description(), 0, key, value, fix);
  }

  private static String shown(Duration time) {
    for (String unit : List.of("d", "h", "m", "s", "ms", "us")) {
      long nanos = Objects.requireNonNull(TIME_UNITS.get(unit));
      if (time.toNanos() >= nanos && time.toNanos() % nanos == 0) {
        return time.toNanos() / nanos + unit;
      }
    }
    return time.toNanos() + "ns";
  }

  private static String size(long bytes) {
    for (String unit : List.of("GB", "MB", "KB")) {
      long size = Objects.requireNonNull(SIZE_UNITS.get(unit));
      if (bytes >= size && bytes % size == 0) {
        return bytes / size + unit;
      }
    }
    return bytes + "B";
  }
}
