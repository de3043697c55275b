package holdfast.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoadOptionsTest {
  @Test
  void spreadsTheRateOverTheConnections() {
    var options =
        LoadOptions.parse(
            List.of("--connections", "20", "--writes-per-second", "500", "--for", "9s"));

    assertEquals(40_000_000, options.intervalNanos());
    assertEquals(9, options.seconds());
  }

  @Test
  void writesAsFastAsItCanAtRateZero() {
    assertEquals(0, LoadOptions.parse(List.of("--writes-per-second", "0")).intervalNanos());
  }

  @Test
  void tellsWhatIsWrong() {
    assertEquals(
        "--connections 0: expected a number from 1 to 10000", refusal("--connections", "0"));
    assertEquals("--address x: expected HOST:PORT", refusal("--address", "x"));
    assertEquals("--nope: no such option, see --help", refusal("--nope", "1"));
    assertEquals("--for: expected a value, see --help", refusal("--for"));
  }

  private static String refusal(String... arguments) {
    return assertThrows(IllegalArgumentException.class, () -> LoadOptions.parse(List.of(arguments)))
        .getMessage();
  }
}
