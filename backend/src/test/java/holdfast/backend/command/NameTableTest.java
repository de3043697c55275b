package holdfast.backend.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class NameTableTest {
  private final NameTable<String> table = new NameTable<>();

  private String find(String text) {
    byte[] bytes = ("xx" + text).getBytes(StandardCharsets.ISO_8859_1);
    return table.get(bytes, 2, text.length());
  }

  @Test
  void namesOfAllLengthsAreFoundInAnyCase() {
    for (int length = 1; length <= 20; length++) {
      for (char first = 'a'; first <= 'z'; first++) {
        String name = String.valueOf(first).repeat(length);
        table.put(name, name);
      }
    }
    assertEquals(520, table.size());
    for (String name : table.values()) {
      assertEquals(name, find(name));
      assertEquals(name, find(name.toUpperCase(Locale.ROOT)));
      assertNull(find(name + "0"));
    }
  }

  @Test
  void onlyLettersHaveTwoCases() {
    table.put("eval_ro", "underscore");
    table.put("js.get-1", "others");
    assertEquals("underscore", find("EVAL_RO"));
    assertEquals("others", find("JS.GET-1"));
    assertNull(find("eval\u007fro"));
    assertNull(find("js\u000eget-1"));
    assertNull(find("js.get\r1"));
    assertNull(find("js.get-\u0011"));
  }

  @Test
  void everyByteIsLoweredAsRedisDoes() {
    for (int b = 0; b < 256; b++) {
      long expected = b >= 'A' && b <= 'Z' ? b + 32 : b;
      for (int place = 0; place < 8; place++) {
        assertEquals(expected << 8 * place, ShortName.of((long) b << 8 * place, 8));
      }
    }
  }

  @Test
  void whatLiesBehindTheNameDoesNotCount() {
    long word = 0x2a0d_0a54_4547L; // GET, CR LF in some order, and more
    assertEquals(ShortName.of("get"), ShortName.of(word, 3));
    assertEquals(0, ShortName.of(word, 0));
    assertEquals(ShortName.of("holdfast"), ShortName.of(0x5453414644_4c4f48L, 8));
  }

  @Test
  void zeroBytesArePartOfAName() {
    table.put("get", "get");
    assertNull(find("get\0"));
    assertNull(find("\0get"));
    assertNull(find("\0"));
    assertNull(find(""));
  }
}
