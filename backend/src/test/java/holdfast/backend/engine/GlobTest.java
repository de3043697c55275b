package holdfast.backend.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GlobTest {
  private static boolean matches(String pattern, String text) {
    return Glob.matches(pattern.getBytes(ISO_8859_1), text.getBytes(ISO_8859_1));
  }

  @Test
  void knowsStarsClassesAndEscapes() {
    assertTrue(matches("*", "anything"));
    assertTrue(matches("h?llo", "hello"));
    assertFalse(matches("h?llo", "hllo"));
    assertTrue(matches("h[ae]llo", "hallo"));
    assertFalse(matches("h[^e]llo", "hello"));
    assertTrue(matches("h[a-c]llo", "hbllo"));
    assertTrue(matches("h[c-a]llo", "hbllo"));
    assertTrue(matches("a\\*b", "a*b"));
    assertFalse(matches("a\\*b", "axb"));
    assertTrue(matches("*b*d", "abcbd"));
    assertFalse(matches("*b*d", "abcbde"));
    assertTrue(matches("a*", "a"));
  }

  @Test
  void anyCaseOnlyWhenAsked() {
    assertFalse(matches("ABC", "abc"));
    assertTrue(Glob.matches("A[B-C]C".getBytes(ISO_8859_1), "abc".getBytes(ISO_8859_1), true));
  }

  @Test
  void manyStarsDoNotTakeForEver() {
    String pattern = "a*".repeat(200) + "b";
    long start = System.nanoTime();
    assertFalse(matches(pattern, "a".repeat(2_000)));
    assertEquals(0, (System.nanoTime() - start) / 2_000_000_000L, "seconds, in steps of two");
  }
}
