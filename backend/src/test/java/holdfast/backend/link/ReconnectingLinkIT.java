package holdfast.backend.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.resp.RespValue;
import holdfast.backend.testing.FakeBackend;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.time.BootTicker;
import holdfast.backend.transport.EventLoops;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ReconnectingLinkIT {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private static EventLoops loops;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void startLoops() {
    loops = EventLoops.start("reconnecting-it", 1);
  }

  @AfterAll
  static void closeLoops() {
    loops.close();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private RedisServer redis() {
    var server = RedisServer.start();
    opened.add(server);
    return server;
  }

  private ReconnectingLink keep(LinkSettings settings, Backoff backoff) {
    var link =
        new ReconnectingLink(
            loops,
            loops.next(),
            settings,
            backoff,
            BootTicker.system(),
            new Random(1),
            new RecordingListener());
    opened.addFirst(link);
    link.start();
    return link;
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static LinkException failureOf(CompletionStage<?> stage) {
    var e = assertThrows(ExecutionException.class, () -> get(stage));
    return (LinkException) e.getCause();
  }

  @Test
  void comesBackWhenTheBackendDoes() throws Exception {
    RedisServer redis = redis();
    var link = keep(LinkSettings.to(redis.address()), Backoff.STANDARD);
    var control = new ControlLink(link);
    await().until(() -> link.link() != null);
    Link first = link.link();
    assertEquals("PONG", get(control.call(SECOND, "PING")).text());
    redis.kill9();
    await().until(() -> link.link() == null);
    await()
        .untilAsserted(
            () -> {
              assertNotNull(link.lastFailure());
              assertEquals(LinkFailure.Kind.REFUSED, link.lastFailure().kind());
            });
    LinkException failure = failureOf(control.call(SECOND, "SET", "a", "1"));
    assertEquals(CommandOutcome.NEVER_SENT, failure.outcome());
    redis.restart();
    await().until(() -> link.link() != null);
    assertTrue(link.link() != first);
    assertEquals("PONG", get(control.call(SECOND, "PING")).text());
  }

  @Test
  void goesToAnotherAddressWhenToldTo() throws Exception {
    RedisServer one = redis();
    RedisServer two = redis();
    var link = keep(LinkSettings.to(one.address()), Backoff.STANDARD);
    var control = new ControlLink(link);
    await().until(() -> link.link() != null);
    link.change(LinkSettings.to(two.address()));
    await()
        .until(
            () -> {
              Link current = link.link();
              return current != null && current.settings().address().equals(two.address());
            });
    String info = get(control.call(SECOND, "INFO", "server")).text();
    assertTrue(info.contains("tcp_port:" + two.port()), info);
  }

  @Test
  void attemptsAtABackendThatThrowsUsOutBecomeRarer() throws Exception {
    try (var backend = new FakeBackend(connection -> {})) {
      keep(
          LinkSettings.to(backend.address()),
          new Backoff(Duration.ofMillis(10), 2, Duration.ofSeconds(10), 0.2));
      // 10 + 20 + ... + 640 ms: the eighth attempt comes after more than a second.
      Thread.sleep(1000);
      int accepted = backend.accepted();
      assertTrue(accepted >= 4 && accepted <= 8, accepted + " attempts");
    }
  }

  @Test
  void aHintCutsTheWaitShort() throws Exception {
    RedisServer redis = redis();
    redis.kill9();
    var link =
        keep(
            LinkSettings.to(redis.address()),
            new Backoff(Duration.ofMinutes(1), 1, Duration.ofMinutes(1), 0));
    await().until(() -> link.lastFailure() != null);
    redis.restart();
    assertNull(link.link());
    link.hurry();
    await().until(() -> link.link() != null);
  }

  @Test
  void callsHaveDeadlinesAndOutcomes() throws Exception {
    RedisServer redis = redis();
    var link = keep(LinkSettings.to(redis.address()), Backoff.STANDARD);
    var control = new ControlLink(link);
    await().until(() -> link.link() != null);
    redis.sigstop();
    LinkException late = failureOf(control.call(Duration.ofMillis(100), "SET", "a", "1"));
    assertEquals(CommandOutcome.UNKNOWN, late.outcome());
    assertTrue(late.getMessage().contains("100 ms"), late.getMessage());
    var pending = control.call(Duration.ofSeconds(30), "SET", "a", "2");
    redis.sigcont();
    // The reply to the one that was late answers nothing else.
    assertEquals("OK", get(pending).text());
    assertEquals("2", get(control.call(SECOND, "GET", "a")).text());
    redis.sigstop();
    Link stopped = link.link();
    var broken = control.call(Duration.ofSeconds(30), "SET", "a", "3");
    await().until(() -> stopped.loop().submit(stopped::waitingCommands).get() == 1);
    redis.kill9();
    assertEquals(CommandOutcome.UNKNOWN, failureOf(broken).outcome());
  }

  @Test
  void severalCommandsGoInOneAndTheirErrorsAreValues() throws Exception {
    RedisServer redis = redis();
    var link = keep(LinkSettings.to(redis.address()), Backoff.STANDARD);
    var control = new ControlLink(link);
    await().until(() -> link.link() != null);
    List<RespValue> replies =
        get(
            control.callAll(
                SECOND,
                List.of(
                    List.of("MULTI"),
                    List.of("SET", "a", "1"),
                    List.of("GET", "a"),
                    List.of("EXEC"),
                    List.of("NOSUCH"))));
    assertEquals(5, replies.size());
    assertEquals(List.of("OK", "1"), replies.get(3).items().stream().map(RespValue::text).toList());
    assertTrue(replies.get(4).isError());
    assertThrows(IllegalArgumentException.class, () -> control.callAll(SECOND, List.of()));
  }
}
