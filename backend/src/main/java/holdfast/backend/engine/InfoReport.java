package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** The sections of INFO, in Redis's order; packages add or replace sections. */
public final class InfoReport {
  /** One section being written. */
  public static final class Section {
    private final StringBuilder text;

    private Section(StringBuilder text) {
      this.text = text;
    }

    public Section put(String field, String value) {
      text.append(field).append(':').append(value).append("\r\n");
      return this;
    }

    public Section put(String field, long value) {
      text.append(field).append(':').append(value).append("\r\n");
      return this;
    }
  }

  private static final List<String> ORDER =
      List.of(
          "server",
          "clients",
          "memory",
          "persistence",
          "stats",
          "replication",
          "cpu",
          "modules",
          "commandstats",
          "errorstats",
          "latencystats",
          "cluster",
          "keyspace",
          "holdfast");

  private final Map<String, Consumer<Section>> writers = new LinkedHashMap<>();

  /**
   * Adds a section, or replaces one.
   *
   * @param name in lower case: "replication"
   */
  public void section(String name, Consumer<Section> writer) {
    if (!ORDER.contains(name)) {
      throw new IllegalArgumentException("section \"" + name + "\", expected one of " + ORDER);
    }
    writers.put(name, writer);
  }

  /** Adds fields behind those that a section has. */
  public void extend(String name, Consumer<Section> writer) {
    Consumer<Section> before = writers.get(name);
    section(name, before == null ? writer : before.andThen(writer));
  }

  /** The text of these sections (lower case; "default", "all", "everything" too). */
  public String write(Collection<String> names) {
    var text = new StringBuilder(2048);
    boolean all = names.contains("all") || names.contains("everything");
    boolean usual = names.isEmpty() || names.contains("default");
    for (String name : ORDER) {
      Consumer<Section> writer = writers.get(name);
      boolean wanted = all || names.contains(name) || (usual && isUsual(name));
      if (writer != null && wanted) {
        if (!text.isEmpty()) {
          text.append("\r\n");
        }
        text.append("# ").append(title(name)).append("\r\n");
        writer.accept(new Section(text));
      }
    }
    return text.toString();
  }

  /** The sections there are. */
  public List<String> names() {
    var names = new ArrayList<>(ORDER);
    names.retainAll(writers.keySet());
    return names;
  }

  private static boolean isUsual(String name) {
    return !name.equals("commandstats") && !name.equals("latencystats");
  }

  private static String title(String name) {
    return switch (name) {
      case "cpu" -> "CPU";
      default -> name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    };
  }
}
