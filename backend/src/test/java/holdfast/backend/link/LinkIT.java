package holdfast.backend.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.resp.RespValue;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.time.BootTicker;
import holdfast.backend.transport.EventLoops;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LinkIT {
  private static EventLoops loops;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void startLoops() {
    loops = EventLoops.start("link-it", 1);
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

  private RedisServer redis(String... arguments) {
    var server = RedisServer.start(arguments);
    opened.add(server);
    return server;
  }

  private Link open(LinkSettings settings, RecordingListener listener) {
    Link link = Link.open(loops, loops.next(), settings, BootTicker.system(), listener);
    opened.addFirst(link::close);
    return link;
  }

  private Link ready(LinkSettings settings, RecordingListener listener) throws Exception {
    open(settings, listener);
    return listener.ready.get(5, TimeUnit.SECONDS);
  }

  @Test
  void repliesComeInOrderToWhoAsked() throws Exception {
    Link link = ready(LinkSettings.to(redis().address()), new RecordingListener());
    var first = new RecordingSink();
    var second = new RecordingSink();
    for (int i = 0; i < 500; i++) {
      RecordingSink.send(link, first, "INCR a", "ECHO x" + i);
      RecordingSink.send(link, second, "INCR b");
    }
    await().until(() -> first.size() == 1000 && second.size() == 500);
    for (int i = 0; i < 500; i++) {
      assertEquals(":" + (i + 1), first.events().get(2 * i));
      assertTrue(first.events().get(2 * i + 1).endsWith("x" + i));
      assertEquals(":" + (i + 1), second.events().get(i));
    }
    assertEquals(0, link.waitingCommands());
    assertEquals(0, link.unsentBytes());
  }

  @Test
  void logsInByNamePasswordDatabaseAndProtocol() throws Exception {
    RedisServer redis =
        redis("--requirepass", "secret", "--user", "ann", "on", ">pw", "~*", "+@all");
    for (int protocol : new int[] {2, 3}) {
      for (String user : new String[] {"", "ann"}) {
        var listener = new RecordingListener();
        Link link =
            ready(
                LinkSettings.to(redis.address())
                    .withProtocol(protocol)
                    .withCredentials(
                        user.isEmpty()
                            ? new Credentials(null, "secret")
                            : new Credentials(user, "pw"))
                    .withDatabase(3)
                    .withClientName("me-" + protocol)
                    .withSetupCommands(List.of(List.of("CLIENT", "INFO"), List.of("NOSUCH"))),
                listener);
        assertEquals(protocol, link.protocol());
        String info = listener.setupReplies.getFirst().text();
        assertTrue(info.contains("name=me-" + protocol + " "), info);
        assertTrue(info.contains("db=3 "), info);
        assertTrue(info.contains("user=" + (user.isEmpty() ? "default" : user) + " "), info);
        assertTrue(listener.setupReplies.get(1).isError());
      }
    }
  }

  @Test
  void speaksResp2WhereHelloIsRefused() throws Exception {
    RedisServer redis = redis("--rename-command", "HELLO", "", "--requirepass", "secret");
    Link link =
        ready(
            LinkSettings.to(redis.address())
                .withProtocol(3)
                .withCredentials(new Credentials(null, "secret")),
            new RecordingListener());
    assertEquals(2, link.protocol());
    var sink = new RecordingSink();
    RecordingSink.send(link, sink, "GET nothing");
    await().until(() -> sink.size() == 1);
    assertEquals(List.of("$-1"), sink.events());
  }

  @Test
  void tellsAWrongPasswordAsTheBackendPutsIt() throws Exception {
    RedisServer redis = redis("--requirepass", "secret");
    for (int protocol : new int[] {2, 3}) {
      var listener = new RecordingListener();
      open(
          LinkSettings.to(redis.address())
              .withProtocol(protocol)
              .withCredentials(new Credentials(null, "wrong")),
          listener);
      LinkFailure failure = listener.closed.get(5, TimeUnit.SECONDS);
      assertEquals(LinkFailure.Kind.HANDSHAKE, failure.kind());
      assertTrue(failure.message().contains("WRONGPASS"), failure.message());
      assertFalse(failure.message().contains("wrong "), failure.message());
      assertFalse(listener.ready.isDone());
    }
  }

  @Test
  void theListenerMayRefuseWhomItGot() throws Exception {
    var listener =
        new RecordingListener() {
          @Override
          public String onHandshake(Link link, List<RespValue> setupReplies) {
            return "role is " + setupReplies.getFirst().items().getFirst().text();
          }
        };
    open(LinkSettings.to(redis().address()).withSetupCommands(List.of(List.of("ROLE"))), listener);
    LinkFailure failure = listener.closed.get(5, TimeUnit.SECONDS);
    assertEquals(new LinkFailure(LinkFailure.Kind.HANDSHAKE, "role is master"), failure);
    assertFalse(listener.ready.isDone());
  }

  @Test
  void tellsWhenTheBackendHasTooManyClients() throws Exception {
    RedisServer redis = redis("--maxclients", "1");
    ready(LinkSettings.to(redis.address()), new RecordingListener());
    var second = new RecordingListener();
    open(LinkSettings.to(redis.address()), second);
    LinkFailure failure = second.closed.get(5, TimeUnit.SECONDS);
    assertEquals(LinkFailure.Kind.HANDSHAKE, failure.kind());
    assertTrue(failure.message().contains("max number of clients"), failure.message());
  }

  @Test
  void tellsARefusedPortFromAHostThatIsNotThere() throws Exception {
    var refused = new RecordingListener();
    open(
        LinkSettings.to(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), RedisServer.freePort())),
        refused);
    assertEquals(LinkFailure.Kind.REFUSED, refused.closed.get(5, TimeUnit.SECONDS).kind());

    var unknown = new RecordingListener();
    open(
        LinkSettings.to(InetSocketAddress.createUnresolved("no-such-host.invalid", 6379)), unknown);
    assertEquals(LinkFailure.Kind.UNREACHABLE, unknown.closed.get(20, TimeUnit.SECONDS).kind());
  }

  @Test
  void whatWasAnsweredBeforeAKillIsAnsweredAndTheRestIsUnknown() throws Exception {
    RedisServer redis = redis();
    var listener = new RecordingListener();
    Link link = ready(LinkSettings.to(redis.address()), listener);
    var sink = new RecordingSink();
    RecordingSink.send(link, sink, "SET a 1");
    await().until(() -> sink.size() == 1);
    redis.sigstop();
    RecordingSink.send(link, sink, "SET a 2", "SET a 3", "SET a 4");
    redis.kill9();
    listener.closed.get(5, TimeUnit.SECONDS);
    assertEquals(List.of("+OK", "UNKNOWN", "UNKNOWN", "UNKNOWN"), sink.events());
    assertFalse(RecordingSink.send(link, sink, "SET a 5"));
    assertEquals(4, sink.size());
  }

  @Test
  void whatAStoppedBackendsSocketDidNotTakeIsCertainlyNeverSent() throws Exception {
    RedisServer redis = redis();
    var listener = new RecordingListener();
    Link link =
        ready(
            LinkSettings.to(redis.address())
                .withBounds(LinkBounds.STANDARD.withQueue(64 << 20, 1 << 20)),
            listener);
    redis.sigstop();
    var sink = new RecordingSink();
    String value = "v".repeat(900);
    String[] commands =
        IntStream.range(0, 12_000).mapToObj(i -> "SET k" + i + " " + value).toArray(String[]::new);
    assertTrue(RecordingSink.send(link, sink, commands));
    // More than the kernel's buffers hold.
    assertTrue(link.unsentBytes() > 0);
    redis.kill9();
    listener.closed.get(5, TimeUnit.SECONDS);
    List<String> events = sink.events();
    assertEquals(commands.length, events.size());
    int unknown = Collections.frequency(events, "UNKNOWN");
    int neverSent = Collections.frequency(events, "NEVER_SENT");
    assertEquals(commands.length, unknown + neverSent);
    assertTrue(unknown > 0 && neverSent > 0, unknown + " unknown, " + neverSent + " never sent");
    assertEquals(unknown, events.indexOf("NEVER_SENT"));
  }

  @Test
  void aSilentBackendIsGivenUpAndTheHeartbeatFindsItWhenNothingIsSent() throws Exception {
    RedisServer redis = redis();
    var listener = new RecordingListener();
    ready(
        LinkSettings.to(redis.address())
            .withTimes(
                new LinkTimes(
                    Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofMillis(400))),
        listener);
    Thread.sleep(1000); // some heartbeats later it is still there
    assertFalse(listener.closed.isDone());
    redis.sigstop();
    long stopped = System.nanoTime();
    LinkFailure failure = listener.closed.get(5, TimeUnit.SECONDS);
    long millis = (System.nanoTime() - stopped) / 1_000_000;
    redis.sigcont();
    assertEquals(LinkFailure.Kind.SILENT, failure.kind());
    assertTrue(millis >= 350 && millis < 1500, millis + " ms");
  }

  @Test
  void aFullQueueRefusesAndTellsWhenThereIsRoom() throws Exception {
    RedisServer redis = redis();
    var listener = new RecordingListener();
    Link link =
        ready(
            LinkSettings.to(redis.address()).withBounds(LinkBounds.STANDARD.withQueue(1 << 20, 10)),
            listener);
    redis.sigstop();
    var sink = new RecordingSink();
    for (int i = 0; i < 10; i++) {
      assertTrue(RecordingSink.send(link, sink, "PING"));
    }
    assertFalse(RecordingSink.send(link, sink, "PING"));
    assertEquals(0, listener.writable.get());
    redis.sigcont();
    await().until(() -> sink.size() == 10 && listener.writable.get() == 1);
    assertTrue(RecordingSink.send(link, sink, "PING"));
    await().until(() -> sink.size() == 11);
  }

  @Test
  void pushesGoToTheListenerAndAnswerNothing() throws Exception {
    RedisServer redis = redis();
    var listener = new RecordingListener();
    Link link = ready(LinkSettings.to(redis.address()).withProtocol(3), listener);
    var sink = new RecordingSink();
    RecordingSink.send(link, sink, "CLIENT TRACKING ON BCAST", "GET a");
    await().until(() -> sink.size() == 2);
    redis.cli("SET", "a", "1");
    String push = listener.pushes.poll(5, TimeUnit.SECONDS);
    assertTrue(push != null && push.contains("invalidate"), push);
    RecordingSink.send(link, sink, "GET a");
    await().until(() -> sink.size() == 3);
    assertTrue(sink.events().get(2).endsWith("1"));
  }

  @Test
  void inRawModeEveryFrameGoesToOneSink() throws Exception {
    RedisServer redis = redis();
    Link link = ready(LinkSettings.to(redis.address()), new RecordingListener());
    var raw = new RecordingSink();
    link.loop().submit(() -> link.raw(raw)).get();
    RecordingSink.send(link, new RecordingSink()); // nothing; only to be on the loop once
    link.loop()
        .submit(
            () -> {
              var bytes = io.netty.buffer.Unpooled.directBuffer();
              new holdfast.backend.resp.RespWriter(bytes, 2).command("SUBSCRIBE", "a", "b");
              link.send(raw, bytes, 0, bytes.writerIndex(), 0);
              bytes.release();
              link.flush();
            })
        .get();
    await().until(() -> raw.size() == 2);
    redis.cli("PUBLISH", "a", "hello");
    await().until(() -> raw.size() == 3);
    assertTrue(raw.events().get(2).endsWith("hello"));
    assertEquals(0, link.waitingCommands());
  }

  @Test
  void longRepliesComeWholeOrInPieces() throws Exception {
    RedisServer redis = redis();
    Link link =
        ready(
            LinkSettings.to(redis.address())
                .withBounds(LinkBounds.STANDARD.withReplies(32 * 1024, 8 << 20)),
            new RecordingListener());
    var whole = new RecordingSink();
    var pieces = new RecordingSink(true);
    String value = "0123456789".repeat(300_000);
    RecordingSink.send(link, whole, "SET big " + value, "GET big");
    RecordingSink.send(link, pieces, "GET big", "PING");
    RecordingSink.send(link, whole, "LRANGE nothing 0 -1", "PING");
    await().until(() -> whole.size() == 4 && pieces.size() == 2);
    assertEquals("$3000000\r\n" + value, whole.events().get(1));
    assertEquals("$3000000\r\n" + value + "\r\n", pieces.pieces());
    assertTrue(pieces.pieceCount() > 2, pieces.pieceCount() + " pieces");
    assertEquals(List.of("pieces", "+PONG"), pieces.events());
    assertEquals(List.of("*0", "+PONG"), whole.events().subList(2, 4));
  }

  @Test
  void aWholeReplyBeyondItsBoundEndsTheLink() throws Exception {
    RedisServer redis = redis();
    var listener = new RecordingListener();
    Link link =
        ready(
            LinkSettings.to(redis.address())
                .withBounds(LinkBounds.STANDARD.withReplies(1024, 100_000)),
            listener);
    var sink = new RecordingSink();
    RecordingSink.send(link, sink, "SET a " + "x".repeat(99_000), "GET a");
    await().until(() -> sink.size() == 2);
    RecordingSink.send(link, sink, "APPEND a " + "x".repeat(150_000), "GET a");
    LinkFailure failure = listener.closed.get(5, TimeUnit.SECONDS);
    assertEquals(LinkFailure.Kind.PROTOCOL, failure.kind());
    assertTrue(failure.message().contains("100000"), failure.message());
    assertEquals("UNKNOWN", sink.events().getLast());
  }
}
