package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.proxy.hold.HoldLimits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;

/** Clients that are answered seldom or never, and live through more than one switch. */
@Timeout(60)
class PatienceIT {
  private static final Duration WINDOW = Duration.ofSeconds(2);

  private FakeQuorum quorum;
  private ProxyServer proxy;

  @BeforeEach
  void start() throws Exception {
    quorum = new FakeQuorum();
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, quorum.topology())
                .withLoops(1)
                .withHold(new HoldLimits(WINDOW, 1 << 20, 1 << 26, 1000)));
    quorum.activate(0);
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
  }

  @AfterEach
  void stop() {
    proxy.close();
    quorum.close();
  }

  private Jedis jedis() {
    return new Jedis("127.0.0.1", proxy.address().getPort(), 20_000);
  }

  /** Another master after an outage that is shorter than the window. */
  private void replaceMaster(int from, int to) throws InterruptedException {
    quorum.server(from).kill9();
    Thread.sleep(WINDOW.toMillis() / 4);
    quorum.follow(to);
    quorum.activate(to);
  }

  private void awaitReceived(
      List<String> expected, ConcurrentLinkedQueue<String> messages, int at) {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> quorum.server(at).cli("PUBSUB", "NUMSUB", "c").endsWith("1"));
    quorum.server(at).cli("PUBLISH", "c", "from " + at);
    await().atMost(Duration.ofSeconds(10)).until(() -> List.copyOf(messages).equals(expected));
  }

  @Test
  void aSubscriberThatOnlyListensSurvivesTheSecondSwitchToo() throws Exception {
    var messages = new ConcurrentLinkedQueue<String>();
    var subscribed = new CountDownLatch(1);
    var listener =
        new JedisPubSub() {
          @Override
          public void onSubscribe(String channel, int count) {
            subscribed.countDown();
          }

          @Override
          public void onMessage(String channel, String message) {
            messages.add(message);
          }
        };
    try (var subscriber = jedis()) {
      Thread thread = Thread.ofVirtual().start(() -> subscriber.subscribe(listener, "c"));
      assertTrue(subscribed.await(10, TimeUnit.SECONDS));
      replaceMaster(0, 1);
      awaitReceived(List.of("from 1"), messages, 1);
      Thread.sleep(WINDOW.toMillis()); // the patience that began with the first switch is over
      replaceMaster(1, 2);
      awaitReceived(List.of("from 1", "from 2"), messages, 2);
      listener.unsubscribe();
      thread.join(10_000);
      assertEquals("PONG", subscriber.ping());
    }
  }
}
