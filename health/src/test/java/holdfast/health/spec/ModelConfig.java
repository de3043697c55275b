package holdfast.health.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A configuration of TLC, from a file of {@code src/spec} with parts changed. Immutable. */
record ModelConfig(String text) {
  static ModelConfig read(String name) throws IOException {
    return new ModelConfig(Files.readString(Path.of("src", "spec", name + ".cfg")));
  }

  /**
   * With changes such as {@code LoseDisk = 0; Changes = Shrink; CONSTRAINT = Late}: constants,
   * which must be there, the symmetry, a property, or a constraint. That leaves out states: it
   * proves nothing, but a violation found among the others is still one.
   */
  ModelConfig with(String changes) {
    ModelConfig changed = this;
    for (String change : changes.split(";", -1)) {
      if (!change.isBlank()) {
        int equals = change.indexOf('=');
        changed =
            changed.with(change.substring(0, equals).strip(), change.substring(equals + 1).strip());
      }
    }
    return changed;
  }

  private ModelConfig with(String name, String value) {
    return switch (name) {
      case "CONSTRAINT" -> new ModelConfig(text + "CONSTRAINT " + value + "\n");
      // Over time, what is symmetric in each state need not be so.
      case "PROPERTY" ->
          new ModelConfig(
              text.replaceFirst(
                  "(?m)^SYMMETRY .*$", Matcher.quoteReplacement("PROPERTY " + value)));
      case "SYMMETRY" -> replaced("(?m)^(SYMMETRY ).*$", value);
      default -> replaced("(?m)^(  " + name + " (?:=|<-) ).*$", value);
    };
  }

  /** With only this invariant: of two that break it is then known which one. */
  ModelConfig checkingOnly(String invariant) {
    return replaced("(?m)^(INVARIANTS ).*$", invariant);
  }

  private ModelConfig replaced(String pattern, String value) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    if (!matcher.find()) {
      throw new IllegalArgumentException("nothing like " + pattern + " in:\n" + text);
    }
    return new ModelConfig(matcher.replaceAll("$1" + Matcher.quoteReplacement(value)));
  }
}
