package holdfast.backend.engine;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The parameters that CONFIG GET shows and CONFIG SET changes. */
public final class ConfigTable {
  /**
   * One parameter.
   *
   * @param get its value as CONFIG GET shows it
   * @param set takes a value; throws {@link IllegalArgumentException} with Redis's words for what
   *     is wrong; null if it cannot be changed while the server runs
   */
  public record Parameter(String name, Supplier<String> get, @Nullable Consumer<String> set) {}

  private final Map<String, Parameter> parameters = new TreeMap<>();

  /** Adds a parameter, or replaces one. */
  public void add(String name, Supplier<String> get, @Nullable Consumer<String> set) {
    String key = name.toLowerCase(Locale.ROOT);
    parameters.put(key, new Parameter(key, get, set));
  }

  /** One that has this value and no other. */
  public void constant(String name, String value) {
    add(name, () -> value, null);
  }

  /** The parameter of this name in any case, or null. */
  public @Nullable Parameter find(String name) {
    return parameters.get(name.toLowerCase(Locale.ROOT));
  }

  public Collection<Parameter> all() {
    return parameters.values();
  }
}
