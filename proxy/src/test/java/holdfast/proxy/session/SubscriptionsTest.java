package holdfast.proxy.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.proxy.session.Subscriptions.Kind;
import org.junit.jupiter.api.Test;

class SubscriptionsTest {
  private final Subscriptions subscriptions = new Subscriptions(3);

  private static byte[] name(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void remembersEachOnceByKind() {
    assertTrue(subscriptions.add(Kind.CHANNEL, name("a")));
    assertTrue(subscriptions.add(Kind.CHANNEL, name("a")));
    assertTrue(subscriptions.add(Kind.PATTERN, name("a")));
    assertEquals(2, subscriptions.size());
    assertArrayEquals(name("a"), subscriptions.of(Kind.PATTERN).getFirst());
    subscriptions.remove(Kind.CHANNEL, name("a"));
    assertEquals(0, subscriptions.size(Kind.CHANNEL));
    assertEquals(1, subscriptions.removeAll(Kind.PATTERN));
    assertTrue(subscriptions.isEmpty());
  }

  @Test
  void takesNoMoreThanItsBound() {
    assertTrue(subscriptions.add(Kind.CHANNEL, name("a")));
    assertTrue(subscriptions.add(Kind.PATTERN, name("b")));
    assertTrue(subscriptions.add(Kind.SHARD, name("c")));
    assertFalse(subscriptions.add(Kind.CHANNEL, name("d")));
    assertTrue(subscriptions.add(Kind.SHARD, name("c")), "it is there already");
    assertEquals(3, subscriptions.size());
  }

  @Test
  void confirmationsCountChannelsAndPatternsTogether() {
    subscriptions.add(Kind.CHANNEL, name("a"));
    subscriptions.add(Kind.PATTERN, name("a"));
    subscriptions.add(Kind.SHARD, name("a"));
    assertEquals(2, subscriptions.counted(Kind.PATTERN));
    assertEquals(2, subscriptions.counted(Kind.CHANNEL));
    assertEquals(1, subscriptions.counted(Kind.SHARD));
    assertTrue(subscriptions.contains(Kind.SHARD, name("a")));
    assertFalse(subscriptions.contains(Kind.SHARD, name("b")));
  }
}
