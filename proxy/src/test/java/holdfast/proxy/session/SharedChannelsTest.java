package holdfast.proxy.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.proxy.session.Subscriptions.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SharedChannelsTest {
  private static final byte[] A = "a".getBytes(UTF_8);

  private final SubscriberSurplus surplus = new SubscriberSurplus();
  private final SharedChannels<String> channels = new SharedChannels<>(3, surplus);

  private static byte[] name(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void aSubscriberHasAChannelFromItsConfirmationToThatOfTheEnd() {
    channels.want(Kind.CHANNEL, A, "one");
    assertTrue(channels.having(Kind.CHANNEL, A).isEmpty());
    channels.confirm(Kind.CHANNEL, A, "one");
    assertEquals(Set.of("one"), channels.having(Kind.CHANNEL, A));
    assertTrue(channels.having(Kind.PATTERN, A).isEmpty());
    assertTrue(channels.unwant(Kind.CHANNEL, A, "one"));
    assertEquals(Set.of("one"), channels.having(Kind.CHANNEL, A));
    channels.end(Kind.CHANNEL, A, "one");
    assertTrue(channels.having(Kind.CHANNEL, A).isEmpty());
    assertEquals(0, channels.size());
  }

  /** The second is asked for behind the first, and the end of the first comes behind that. */
  @Test
  void aChannelThatAnotherHasJustAskedForIsNotLeftOut() {
    channels.want(Kind.CHANNEL, A, "one");
    channels.confirm(Kind.CHANNEL, A, "one");
    channels.want(Kind.CHANNEL, A, "two");
    assertFalse(channels.unwant(Kind.CHANNEL, A, "one"));
    assertTrue(channels.isWanted(Kind.CHANNEL, A));
  }

  @Test
  void aRefusalTakesNothingFromWhoHasIt() {
    channels.want(Kind.CHANNEL, A, "one");
    channels.confirm(Kind.CHANNEL, A, "one");
    channels.want(Kind.CHANNEL, A, "one");
    assertFalse(channels.refuse(Kind.CHANNEL, A, "one"));
    channels.want(Kind.CHANNEL, A, "two");
    channels.unwant(Kind.CHANNEL, A, "one");
    assertTrue(channels.refuse(Kind.CHANNEL, A, "two"), "nobody wants it any more");
    assertEquals(Set.of("one"), channels.having(Kind.CHANNEL, A), "until the end is confirmed");
  }

  @Test
  void countsThoseWhomTheServerDoesNotSee() {
    assertTrue(surplus.isEmpty());
    for (String each : List.of("one", "two", "three")) {
      channels.want(Kind.CHANNEL, A, each);
      channels.confirm(Kind.CHANNEL, A, each);
    }
    for (String each : List.of("one", "two")) {
      channels.want(Kind.PATTERN, name("a*"), each);
      channels.confirm(Kind.PATTERN, name("a*"), each);
    }
    assertEquals(2, surplus.of(Kind.CHANNEL, A));
    assertEquals(3, surplus.receivers(A));
    assertEquals(1, surplus.receivers(name("ab")));
    assertEquals(0, surplus.receivers(name("b")));
    assertEquals(0, surplus.of(Kind.SHARD, A));
    channels.remove(Kind.PATTERN, List.of(name("a*")), "one");
    channels.end(Kind.CHANNEL, A, "one");
    channels.end(Kind.CHANNEL, A, "one");
    assertEquals(1, surplus.receivers(A));
    channels.end(Kind.CHANNEL, A, "two");
    channels.end(Kind.CHANNEL, A, "three");
    assertTrue(surplus.isEmpty());
  }

  @Test
  void whoLeavesTakesAllAlongAndTellsWhatNobodyWants() {
    channels.want(Kind.CHANNEL, A, "one");
    channels.want(Kind.CHANNEL, name("b"), "one");
    channels.confirm(Kind.CHANNEL, name("b"), "one");
    channels.want(Kind.CHANNEL, A, "two");
    List<byte[]> unwanted = channels.remove(Kind.CHANNEL, List.of(A, name("b")), "one");
    assertEquals(1, unwanted.size());
    assertArrayEquals(name("b"), unwanted.getFirst());
    assertEquals(1, channels.size());
    assertTrue(channels.had(Kind.CHANNEL).isEmpty());
  }

  @Test
  void hasRoomUpToItsBound() {
    channels.want(Kind.CHANNEL, A, "one");
    channels.want(Kind.PATTERN, A, "one");
    assertTrue(channels.hasRoomFor(1));
    assertFalse(channels.hasRoomFor(2));
    channels.want(Kind.SHARD, A, "one");
    assertFalse(channels.hasRoomFor(1));
    channels.unwant(Kind.SHARD, A, "one");
    assertTrue(channels.hasRoomFor(1));
  }

  /** Beside a server that does what it is asked in order: it has what the clients have. */
  @Test
  void whatTheServerSendsIsWhatTheSubscribersHave() {
    for (int seed = 0; seed < 200; seed++) {
      runBesideServer(new Random(seed), "seed " + seed);
    }
  }

  private record Sent(boolean subscribes, String channel, String client, boolean reaches) {}

  private static void runBesideServer(Random random, String seed) {
    var shared = new SharedChannels<String>(100, (_, _, _) -> {});
    Deque<Sent> sent = new ArrayDeque<>();
    Set<String> atServer = new HashSet<>();
    var expected = new HashSet<String>();
    for (int i = 0; i < 200 || !sent.isEmpty(); i++) {
      String channel = "c" + random.nextInt(2);
      String client = "s" + random.nextInt(3);
      if (i < 200 && random.nextBoolean()) {
        boolean subscribes = random.nextBoolean();
        boolean reaches = true;
        if (subscribes) {
          shared.want(Kind.CHANNEL, name(channel), client);
        } else {
          reaches = shared.unwant(Kind.CHANNEL, name(channel), client);
        }
        sent.add(new Sent(subscribes, channel, client, reaches));
      } else if (!sent.isEmpty()) {
        Sent next = sent.remove();
        String pair = next.channel + next.client;
        if (next.subscribes) {
          atServer.add(next.channel);
          expected.add(pair);
          shared.confirm(Kind.CHANNEL, name(next.channel), next.client);
        } else {
          if (next.reaches) {
            atServer.remove(next.channel);
          }
          expected.remove(pair);
          shared.end(Kind.CHANNEL, name(next.channel), next.client);
        }
        for (String each : shared.having(Kind.CHANNEL, name(next.channel))) {
          assertTrue(expected.contains(next.channel + each), seed);
          assertTrue(atServer.contains(next.channel), seed);
        }
      }
    }
    for (String channel : List.of("c0", "c1")) {
      long having = shared.having(Kind.CHANNEL, name(channel)).size();
      assertEquals(having, expected.stream().filter(pair -> pair.startsWith(channel)).count());
      assertEquals(having > 0, atServer.contains(channel), seed);
    }
  }
}
