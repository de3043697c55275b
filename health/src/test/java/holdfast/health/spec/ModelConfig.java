package holdfast.health.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A configuration of TLC, from a file of {@code src/spec} with constants changed. Immutable. */
record ModelConfig(String text) {
  static ModelConfig read(String name) throws IOException {
    return new ModelConfig(Files.readString(Path.of("src", "spec", name + ".cfg")));
  }

  /** With another value of a constant, which must be there. */
  ModelConfig with(String constant, String value) {
    return replaced("(?m)^(  " + constant + " = ).*$", "$1" + Matcher.quoteReplacement(value));
  }

  /** With only this invariant: of two that break it is then known which one. */
  ModelConfig checkingOnly(String invariant) {
    return replaced("(?m)^INVARIANTS? .*$", "INVARIANT " + invariant);
  }

  /** With a constraint that leaves out states; a violation found among the others is still one. */
  ModelConfig within(String constraint) {
    return new ModelConfig(text + "CONSTRAINT " + constraint + "\n");
  }

  private ModelConfig replaced(String pattern, String replacement) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    if (!matcher.find()) {
      throw new IllegalArgumentException("nothing like " + pattern + " in:\n" + text);
    }
    return new ModelConfig(matcher.replaceAll(replacement));
  }
}
