package holdfast.proxy.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** proxy/CONFORMANCE.md says what the run does: -Dholdfast.documents.write=true writes it anew. */
class ConformanceDocumentTest {
  private static final Path FILE = Path.of("CONFORMANCE.md");

  private static final String HEAD =
      """
      # How "one Redis" is checked

      Made from the code by `ConformanceDocumentTest`. `ConformanceIT` sends every command and subcommand of the server's own COMMAND list, with arguments drawn by `catalogue.txt`, to a redis-server directly
      and to another through the proxy, by several clients in turn, in RESP2 and RESP3, pipelined and not, inside MULTI and not; what comes back must be the same. `-Dholdfast.conformance.commands=1000000` makes
      it longer, `-Dholdfast.conformance.seed=7` another. A command of the server that is neither in the catalogue nor below fails it.
      """;

  @Test
  void isAsTheRunIs() throws IOException {
    if (Boolean.getBoolean("holdfast.documents.write")) {
      Files.writeString(FILE, text());
    }
    assertEquals(Files.readString(FILE), text(), "-Dholdfast.documents.write=true writes it anew");
  }

  private static String text() {
    var text = new StringBuilder(HEAD);
    text.append("\n## How replies are compared\n\n");
    for (Check check : Check.values()) {
      text.append("- `").append(check).append("`: ").append(check.why()).append('\n');
    }
    table(text, "Accepted differences", Exclusions.DIFFERENCES);
    table(text, "Never sent", Exclusions.NOT_SENT);
    table(text, "Sent and compared, not demanded to succeed", Exclusions.NO_SUCCESS);
    table(text, "Not demanded inside MULTI", Exclusions.NOT_IN_MULTI);
    return text.toString();
  }

  private static void table(StringBuilder text, String title, Map<String, String> rows) {
    text.append("\n## ").append(title).append("\n\n| what | why |\n|---|---|\n");
    rows.forEach(
        (what, why) -> {
          String escaped = what.replace("|", " ");
          text.append("| ").append(escaped).append(" | ").append(why).append(" |\n");
        });
  }
}
