package holdfast.proxy.config;

import org.jspecify.annotations.Nullable;

/**
 * One thing wrong with the configuration.
 *
 * @param source the file, or where else the value came from
 * @param line in the file, from 1; 0 where it has none
 * @param key the option, null where the text itself cannot be read
 * @param value as written, null where there is none to show (a secret, a section)
 * @param fix what to write instead
 */
public record Problem(
    String source, int line, @Nullable String key, @Nullable String value, String fix) {
  private static final int VALUE_CHARS_MAX = 60;

  /** All on one line. */
  public String oneLine() {
    var text = new StringBuilder(source);
    if (line > 0) {
      text.append(':').append(line);
    }
    text.append(": ");
    if (key != null) {
      text.append(key);
      if (value != null) {
        text.append(" = ").append(shown(value));
      }
      text.append(": ");
    }
    return text.append(fix).toString();
  }

  private static String shown(String value) {
    String oneLine = value.replaceAll("\\s+", " ");
    return oneLine.length() <= VALUE_CHARS_MAX
        ? oneLine
        : oneLine.substring(0, VALUE_CHARS_MAX) + "...";
  }
}
