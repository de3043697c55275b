package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.RunId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScriptsTest {
  private static byte[] body(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void aBodyIsFoundByItsDigest() {
    var scripts = new Scripts();
    scripts.shown(body("return 1"));
    var digest = new ScriptDigest("e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    assertArrayEquals(body("return 1"), scripts.body(digest));
    scripts.forget();
    assertNull(scripts.body(digest));
  }

  @Test
  void bodiesAreBoundedEachAndInAll() {
    var scripts = new Scripts(10 * Scripts.BODY_BYTES_MAX);
    var longest = new byte[Scripts.BODY_BYTES_MAX];
    scripts.shown(longest);
    assertNotNull(scripts.body(ScriptDigest.of(longest)));
    var longer = new byte[Scripts.BODY_BYTES_MAX + 1];
    scripts.shown(longer);
    assertNull(scripts.body(ScriptDigest.of(longer)));
    for (int i = 0; i < 100; i++) {
      var other = new byte[Scripts.BODY_BYTES_MAX];
      other[0] = (byte) i;
      other[1] = 1;
      scripts.shown(other);
    }
    int kept = scripts.all().size();
    assertTrue(kept >= 5 && kept <= 10, kept + " kept");
  }

  @Test
  void aProcessIsLoadedOnceAndAnUnknownOneAnew() {
    var scripts = new Scripts();
    var loads = new ScriptLoads(scripts);
    scripts.shown(body("return 1"));
    var first = new RunId("a".repeat(40));
    assertEquals(1, loads.missingAt(first).size());
    loads.loadedAt(first);
    assertEquals(List.of(), loads.missingAt(first));
    for (int i = 0; i < 16; i++) {
      loads.loadedAt(new RunId(("" + (char) ('b' + i % 5)).repeat(39) + Integer.toHexString(i)));
    }
    assertEquals(1, loads.missingAt(first).size(), "the oldest is forgotten");
  }
}
