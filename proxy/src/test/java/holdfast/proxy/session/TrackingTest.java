package holdfast.proxy.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.proxy.session.Tracking.Asked;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a server says is compared in TrackingIT; here is what only the proxy has to do. */
class TrackingTest {
  private final Tracking tracking = new Tracking();

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static Asked broadcast(String... prefixes) {
    var list = Arrays.stream(prefixes).map(TrackingTest::bytes).toList();
    return new Asked(true, false, false, false, 0, list);
  }

  private static String text(List<byte[]> words) {
    return String.join(" ", words.stream().map(each -> new String(each, UTF_8)).toList());
  }

  private List<String> commands(long redirect) {
    return tracking.commands(redirect).stream().map(TrackingTest::text).toList();
  }

  @Test
  void bringsANewConnectionToWhereItIs() {
    tracking.turnOn(new Asked(false, false, true, true, 0, List.of()));
    assertEquals(List.of("CLIENT TRACKING ON OPTOUT NOLOOP"), commands(0));
    assertEquals(List.of("CLIENT TRACKING ON REDIRECT 7 OPTOUT NOLOOP"), commands(7));
    tracking.turnOff();
    tracking.turnOn(broadcast("b", "a"));
    assertEquals(List.of("CLIENT TRACKING ON BCAST PREFIX a PREFIX b"), commands(0));
  }

  @Test
  void thePrefixOfNothingBesideOthersNeedsACommandOfItsOwn() {
    tracking.turnOn(broadcast("a"));
    tracking.turnOn(broadcast());
    assertEquals(
        List.of("CLIENT TRACKING ON BCAST PREFIX a", "CLIENT TRACKING ON BCAST"), commands(0));
    assertEquals(
        "CLIENT TRACKING ON BCAST PREFIX c", text(tracking.command(0, List.of(bytes("c")))));
  }

  @Test
  void takesAsManyPrefixesAsItsBounds() {
    var most = new ArrayList<byte[]>();
    for (int i = 0; i < Tracking.PREFIXES_MAX; i++) {
      most.add(bytes(Integer.toString(100_000 + i)));
    }
    var asked = new Asked(true, false, false, false, 0, most);
    assertNull(tracking.refusal(asked));
    tracking.turnOn(asked);
    String refusal = tracking.refusal(broadcast("a"));
    assertNotNull(refusal);
    assertTrue(refusal.startsWith("ERR more than 1000 prefixes"), refusal);
    tracking.turnOff();
    assertNull(tracking.refusal(broadcast("a".repeat(Tracking.PREFIX_BYTES_MAX))));
    assertNotNull(tracking.refusal(broadcast("a".repeat(Tracking.PREFIX_BYTES_MAX + 1))));
    tracking.turnOn(broadcast("a".repeat(Tracking.PREFIX_BYTES_MAX)));
    assertNotNull(tracking.refusal(broadcast("b")));
  }

  @Test
  void aCopyStaysAsItWas() {
    tracking.turnOn(broadcast("a"));
    var copy = new Tracking(tracking);
    tracking.turnOn(broadcast("b"));
    tracking.redirectBroken(true);
    assertEquals(1, copy.prefixes().size());
    assertEquals(List.of("on", "bcast"), copy.flags());
    assertEquals("tB", copy.letters());
    assertEquals("tRB", tracking.letters());
  }

  @Test
  void cachingHoldsForOneCommand() {
    assertNotNull(tracking.caching(true), "tracking is off");
    tracking.turnOn(new Asked(false, true, false, false, 5, List.of()));
    assertNull(tracking.caching(true));
    assertTrue(tracking.isCaching());
    assertEquals(List.of("on", "optin", "caching-yes"), tracking.flags());
    tracking.cachingOver();
    assertEquals(List.of("on", "optin"), tracking.flags());
    assertEquals(5, tracking.redirect());
    tracking.turnOff();
    assertEquals(-1, tracking.redirect());
    assertEquals(List.of("off"), tracking.flags());
  }
}
