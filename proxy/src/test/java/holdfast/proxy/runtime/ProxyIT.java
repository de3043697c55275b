package holdfast.proxy.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.args.UnblockType;
import redis.clients.jedis.exceptions.JedisDataException;

/** Ordinary clients through the proxy, before one real redis-server. */
@Timeout(60)
class ProxyIT {
  private static RedisServer redis;
  private static ProxyServer proxy;

  @BeforeAll
  static void start() throws IOException {
    redis = RedisServer.start();
    proxy = ProxyServer.start(settings());
  }

  private static ProxySettings settings() {
    return ProxySettings.of(
            "127.0.0.1", 0, new TopologySettings.Single(new NodeAddress("127.0.0.1", redis.port())))
        .withLoops(2);
  }

  @AfterAll
  static void stop() {
    proxy.close();
    redis.close();
  }

  @BeforeEach
  void empty() {
    redis.cli("FLUSHALL");
  }

  private static Jedis jedis() {
    return new Jedis("127.0.0.1", proxy.address().getPort(), 10_000);
  }

  @Test
  void routesByTheServersOwnTableOfCommands() {
    String commands = redis.cli("COMMAND", "COUNT");
    try (Jedis jedis = jedis()) {
      await()
          .until(
              () ->
                  jedis
                      .info("holdfast")
                      .contains("command_table:live 127.0.0.1:" + redis.port() + " " + commands));
      assertEquals("OK", jedis.set("learned", "1"));
      assertEquals("1", jedis.get("learned"));
    }
  }

  private static Jedis jedis3() {
    return new Jedis(
        new HostAndPort("127.0.0.1", proxy.address().getPort()),
        DefaultJedisClientConfig.builder()
            .protocol(RedisProtocol.RESP3)
            .socketTimeoutMillis(10_000)
            .build());
  }

  /** Sends lines as they are and reads as many bytes as the answer has. */
  private static String raw(String sent, String expected) throws IOException {
    try (var socket = new Socket("127.0.0.1", proxy.address().getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(sent.getBytes(UTF_8));
      return new String(socket.getInputStream().readNBytes(expected.getBytes(UTF_8).length), UTF_8);
    }
  }

  private static void assertRaw(String sent, String expected) throws IOException {
    assertEquals(expected, raw(sent, expected));
  }

  @Test
  void commandsOfEveryKindOfValueWork() {
    try (var jedis = jedis()) {
      assertEquals("OK", jedis.set("a", "1"));
      assertEquals("1", jedis.get("a"));
      assertEquals(2, jedis.incr("a"));
      assertNull(jedis.get("none"));
      assertEquals(2, jedis.hset("h", Map.of("f", "1", "g", "2")));
      assertEquals(Map.of("f", "1", "g", "2"), jedis.hgetAll("h"));
      assertEquals(3, jedis.rpush("l", "x", "y", "z"));
      assertEquals(List.of("x", "y", "z"), jedis.lrange("l", 0, -1));
      assertEquals("PONG", jedis.ping());
      assertEquals("hi", jedis.echo("hi"));
      assertThrows(JedisDataException.class, () -> jedis.lpush("a", "x"));
      assertEquals(3, jedis.incr("a"), "the connection goes on after an error");
    }
  }

  @Test
  void resp3ClientsGetResp3Types() {
    try (var jedis = jedis3()) {
      jedis.zadd("z", 1.5, "m");
      assertEquals(1.5, jedis.zscore("z", "m"));
      jedis.hset("h", "f", "v");
      assertEquals(Map.of("f", "v"), jedis.hgetAll("h"));
    }
  }

  @Test
  void lettuceWorksInResp3WithAsyncPipelines() throws Exception {
    RedisClient client =
        RedisClient.create(RedisURI.create("127.0.0.1", proxy.address().getPort()));
    try (var connection = client.connect()) {
      var async = connection.async();
      var futures = new ArrayList<io.lettuce.core.RedisFuture<Long>>();
      for (int i = 0; i < 1000; i++) {
        futures.add(async.incr("n"));
      }
      for (int i = 0; i < 1000; i++) {
        assertEquals(i + 1, futures.get(i).get(10, TimeUnit.SECONDS));
      }
    } finally {
      client.shutdown(0, 1, TimeUnit.SECONDS);
    }
  }

  @Test
  void repliesOfLocalAndPassedCommandsStayInOrder() throws IOException {
    assertRaw(
        "SET a 1\r\nSELECT 0\r\nGET a\r\nCLIENT GETNAME\r\nECHO x\r\nREPLICAOF a 1\r\nGET a\r\n",
        "+OK\r\n+OK\r\n$1\r\n1\r\n$-1\r\n$1\r\nx\r\n-ERR 'replicaof' is refused: Holdfast decides who"
            + " is master; ask for a switch there (HOLDFAST HELP)\r\n$1\r\n1\r\n");
  }

  @Test
  void selectKeepsTheOrderAcrossItsLinks() throws IOException {
    var sent = new StringBuilder();
    var expected = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      sent.append("SELECT ").append(i % 3).append("\r\nINCR n\r\nGET n\r\n");
      int value = i / 3 + 1;
      String text = Integer.toString(value);
      expected.append("+OK\r\n:").append(value).append("\r\n$");
      expected.append(text.length()).append("\r\n").append(text).append("\r\n");
    }
    assertRaw(sent.toString(), expected.toString());
  }

  @Test
  void pipelinesKeepTheirOrder() {
    try (var jedis = jedis()) {
      var pipeline = jedis.pipelined();
      var replies = new ArrayList<Response<Long>>();
      for (int i = 0; i < 10_000; i++) {
        replies.add(pipeline.incr("n"));
      }
      pipeline.sync();
      for (int i = 0; i < replies.size(); i++) {
        assertEquals(i + 1, replies.get(i).get());
      }
    }
  }

  @Test
  void bigValuesGoThrough() {
    var value = new byte[64 * 1024 * 1024];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) (i * 31 + (i >>> 11));
    }
    try (var jedis = jedis()) {
      assertEquals("OK", jedis.set("big".getBytes(UTF_8), value));
      assertTrue(Arrays.equals(value, jedis.get("big".getBytes(UTF_8))));
      assertEquals("1", jedis.set("a", "1").equals("OK") ? jedis.get("a") : "");
    }
  }

  @Test
  void valuesOfManySizesGoThrough() {
    try (var jedis = jedis()) {
      for (int size : new int[] {0, 1, 511, 512, 4095, 4096, 5000, 65_535, 65_536, 1 << 20}) {
        byte[] value = new byte[size];
        Arrays.fill(value, (byte) size);
        jedis.set("k".getBytes(UTF_8), value);
        assertTrue(Arrays.equals(value, jedis.get("k".getBytes(UTF_8))), size + " bytes");
      }
    }
  }

  @Test
  void transactionsRunAndAreGivenBack() {
    try (var jedis = jedis()) {
      for (int i = 1; i <= 3; i++) {
        var transaction = jedis.multi();
        Response<Long> n = transaction.incr("n");
        Response<String> got = transaction.get("n");
        transaction.exec();
        assertEquals(i, n.get());
        assertEquals(Integer.toString(i), got.get());
        assertEquals(Integer.toString(i), jedis.get("n"));
      }
      jedis.watch("n");
      redis.cli("SET", "n", "100");
      var lost = jedis.multi();
      lost.incr("n");
      assertNull(lost.exec());
      assertEquals("100", jedis.get("n"));
      var discarded = jedis.multi();
      discarded.incr("n");
      discarded.discard();
      assertEquals("100", jedis.get("n"));
    }
  }

  @Test
  void transactionErrorsAreRedisOwn() throws IOException {
    assertRaw(
        "EXEC\r\nDISCARD\r\nUNWATCH\r\nMULTI\r\nMULTI\r\nNOSUCH\r\nEXEC\r\nPING\r\n",
        "-ERR EXEC without MULTI\r\n-ERR DISCARD without MULTI\r\n+OK\r\n+OK\r\n"
            + "-ERR MULTI calls can not be nested\r\n"
            + "-ERR unknown command 'NOSUCH', with args beginning with: \r\n"
            + "-EXECABORT Transaction discarded because of previous errors.\r\n+PONG\r\n");
  }

  @Test
  void aRefusedCommandInsideMultiAbortsIt() throws IOException {
    assertRaw(
        "MULTI\r\nSET a 1\r\nMONITOR\r\nEXEC\r\nEXISTS a\r\n",
        "+OK\r\n+QUEUED\r\n-ERR 'monitor' is not available through Holdfast inside MULTI\r\n"
            + "-EXECABORT Transaction discarded because of previous errors.\r\n:0\r\n");
  }

  @Test
  void whatConcernsTheConnectionWorksInsideMulti() throws IOException {
    assertRaw(
        "MULTI\r\nCLIENT SETNAME me\r\nSELECT 1\r\nSET a 1\r\nCLIENT GETNAME\r\nEXEC\r\n"
            + "GET a\r\nSELECT 0\r\nGET a\r\nCLIENT GETNAME\r\n",
        "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*4\r\n+OK\r\n+OK\r\n+OK\r\n$2\r\nme\r\n"
            + "$1\r\n1\r\n+OK\r\n$-1\r\n$2\r\nme\r\n");
  }

  @Test
  void unwatchInAPipelineGivesTheLinkBack() throws IOException {
    for (int i = 0; i < 20; i++) {
      assertRaw("WATCH a\r\nUNWATCH\r\nPING\r\n", "+OK\r\n+OK\r\n+PONG\r\n");
    }
  }

  @Test
  void execWithArgumentsEndsTheTransaction() throws IOException {
    String refused =
        "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec'"
            + " command\r\n";
    assertRaw(
        "EXEC a\r\nMULTI\r\nSET a 1\r\nEXEC a\r\nGET a\r\nWATCH a\r\nEXEC a\r\nMULTI a\r\nGET a\r\n",
        refused
            + "+OK\r\n+QUEUED\r\n"
            + refused
            + "$-1\r\n+OK\r\n"
            + refused
            + "-ERR wrong number of arguments for 'multi' command\r\n$-1\r\n");
  }

  @Test
  void aDiscardedTransactionChangesNothingOfTheConnection() throws IOException {
    assertRaw(
        "SET a 0\r\nMULTI\r\nSELECT 1\r\nCLIENT SETNAME me\r\nDISCARD\r\nGET a\r\nCLIENT"
            + " GETNAME\r\nMULTI\r\nSELECT 1\r\nGET a b\r\nEXEC\r\nGET a\r\n",
        "+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n+OK\r\n$1\r\n0\r\n$-1\r\n+OK\r\n+QUEUED\r\n"
            + "-ERR wrong number of arguments for 'get' command\r\n"
            + "-EXECABORT Transaction discarded because of previous errors.\r\n$1\r\n0\r\n");
  }

  @Test
  void aLinkThatWasLedToAnotherDatabaseIsNotGivenToOthers() throws IOException {
    for (int i = 0; i < 3; i++) {
      assertRaw(
          "WATCH x\r\nSELECT 1\r\nSET a 1\r\nMULTI\r\nGET a\r\nEXEC\r\nSELECT 0\r\nWATCH x\r\n"
              + "MULTI\r\nGET a\r\nEXEC\r\n",
          "+OK\r\n+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n$1\r\n1\r\n+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n"
              + "*1\r\n$-1\r\n");
    }
  }

  @Test
  void aBlockedClientMayBeUnblocked() throws Exception {
    try (var blocked = new Socket("127.0.0.1", proxy.address().getPort());
        var other = jedis()) {
      blocked.setSoTimeout(10_000);
      var in = blocked.getInputStream();
      blocked.getOutputStream().write("CLIENT SETNAME blocked\r\nCLIENT ID\r\n".getBytes(UTF_8));
      assertEquals("+OK\r\n:", new String(in.readNBytes(6), UTF_8));
      var digits = new StringBuilder();
      for (int c = in.read(); c != '\r'; c = in.read()) {
        digits.append((char) c);
      }
      long id = Long.parseLong(digits.toString());
      assertEquals('\n', in.read());
      assertEquals(0, other.clientUnblock(id), "it does not block");
      String nil = "*-1\r\n";
      String error = "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n";
      for (String expected : List.of(nil, error)) {
        blocked.getOutputStream().write("BLPOP nothing-comes 0\r\n".getBytes(UTF_8));
        var how = expected.equals(nil) ? UnblockType.TIMEOUT : UnblockType.ERROR;
        await().until(() -> other.clientUnblock(id, how) == 1);
        assertEquals(expected, new String(in.readNBytes(expected.length()), UTF_8));
      }
      blocked.getOutputStream().write("PING\r\n".getBytes(UTF_8));
      assertEquals("+PONG\r\n", new String(in.readNBytes(7), UTF_8));
    }
  }

  @Test
  void aPausedWriteWaitsAndReadsGoOn() throws IOException {
    try (var pausing = jedis();
        var writing = new Socket("127.0.0.1", proxy.address().getPort())) {
      pausing.sendCommand(Protocol.Command.CLIENT, "PAUSE", "600000", "WRITE");
      writing.setSoTimeout(10_000);
      writing.getOutputStream().write("GET a\r\nINCR a\r\n".getBytes(UTF_8));
      assertEquals("$-1\r\n", new String(writing.getInputStream().readNBytes(5), UTF_8));
      assertEquals("", redis.cli("GET", "a"));
      assertEquals("PONG", pausing.ping());
      pausing.sendCommand(Protocol.Command.CLIENT, "UNPAUSE");
      assertEquals(":1\r\n", new String(writing.getInputStream().readNBytes(4), UTF_8));
    }
  }

  @Test
  void blockingPopsWaitWithoutHoldingUpOthers() throws Exception {
    try (var waiting = jedis();
        var other = jedis()) {
      var popped = new ArrayList<List<String>>();
      Thread thread = Thread.ofVirtual().start(() -> popped.add(waiting.blpop(10, "q")));
      for (int i = 0; i < 50; i++) {
        assertEquals("PONG", other.ping());
      }
      other.rpush("q", "v");
      thread.join(10_000);
      assertEquals(List.of(List.of("q", "v")), popped);
      assertEquals("PONG", waiting.ping());
      assertNull(waiting.blpop(0.05, "q"));
    }
  }

  @Test
  void waitAnswersHowManyReplicasHaveIt() {
    try (var jedis = jedis()) {
      jedis.set("a", "1");
      assertEquals(0, jedis.waitReplicas(0, 10));
      assertEquals("PONG", jedis.ping());
    }
  }

  @Test
  void subscribersGetMessagesAndMayGoOnAfterwards() throws Exception {
    for (boolean resp3 : new boolean[] {false, true}) {
      try (var subscriber = resp3 ? jedis3() : jedis();
          var publisher = jedis()) {
        var subscribed = new CountDownLatch(2);
        var messages = new ArrayList<String>();
        var listener =
            new JedisPubSub() {
              @Override
              public void onSubscribe(String channel, int count) {
                subscribed.countDown();
              }

              @Override
              public void onPSubscribe(String pattern, int count) {
                subscribed.countDown();
              }

              @Override
              public void onMessage(String channel, String message) {
                messages.add(message);
                if (message.equals("subscribe")) {
                  punsubscribe();
                  unsubscribe();
                }
              }

              @Override
              public void onPMessage(String pattern, String channel, String message) {
                messages.add(pattern + message);
              }
            };
        Thread thread =
            Thread.ofVirtual()
                .start(
                    () -> {
                      subscriber.subscribe(listener, "c");
                    });
        while (!listener.isSubscribed()) {
          Thread.sleep(5);
        }
        listener.psubscribe("p*");
        assertTrue(subscribed.await(10, TimeUnit.SECONDS));
        assertEquals(1, publisher.publish("c", "one"));
        assertEquals(1, publisher.publish("px", "two"));
        assertEquals(1, publisher.publish("c", "subscribe"));
        thread.join(10_000);
        assertEquals(List.of("one", "p*two", "subscribe"), messages);
        assertEquals("PONG", subscriber.ping(), "an ordinary connection again");
      }
    }
  }

  @Test
  void ordinaryCommandsInMessageModeAreRefusedAsRedisDoes() throws IOException {
    assertRaw(
        "UNSUBSCRIBE\r\nSUBSCRIBE c\r\nGET a\r\nPING\r\nUNSUBSCRIBE c\r\nPING\r\n",
        "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"
            + "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT /"
            + " RESET are allowed in this context\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n"
            + "*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n+PONG\r\n");
  }

  @Test
  void aConfirmationComesBeforeAnErrorToWhatFollows() throws IOException {
    for (int i = 0; i < 20; i++) {
      assertRaw(
          "SUBSCRIBE c\r\nSELECT\r\nUNSUBSCRIBE c\r\n",
          "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"
              + "-ERR wrong number of arguments for 'select' command\r\n"
              + "*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n");
    }
  }

  @Test
  void whatWouldMoveSubscriptionsToAnotherLinkIsRefused() throws IOException {
    try (var socket = new Socket("127.0.0.1", proxy.address().getPort())) {
      socket.setSoTimeout(10_000);
      String asked = "HELLO 3\r\nSUBSCRIBE c\r\nHELLO 2\r\nMONITOR\r\nGET absent\r\nQUIT\r\n";
      socket.getOutputStream().write(asked.getBytes(UTF_8));
      String replies = new String(socket.getInputStream().readAllBytes(), UTF_8);
      String refused = "' is not available through Holdfast on a connection with subscriptions\r\n";
      assertTrue(
          replies.endsWith("-ERR 'hello" + refused + "-ERR 'monitor" + refused + "_\r\n+OK\r\n"),
          replies);
    }
  }

  @Test
  void brokenProtocolGetsRedisErrorAndTheConnectionIsClosed() throws IOException {
    String error = "-ERR Protocol error: expected '$', got '!'\r\n";
    try (var socket = new Socket("127.0.0.1", proxy.address().getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write("PING\r\n*1\r\n!4\r\n".getBytes(UTF_8));
      assertEquals("+PONG\r\n" + error, new String(socket.getInputStream().readAllBytes(), UTF_8));
    }
  }

  @Test
  void aClientThatShutsItsSideStillGetsItsReplies() throws IOException {
    try (var socket = new Socket("127.0.0.1", proxy.address().getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write("SET a 1\r\nGET a\r\n".getBytes(UTF_8));
      socket.shutdownOutput();
      assertEquals("+OK\r\n$1\r\n1\r\n", new String(socket.getInputStream().readAllBytes(), UTF_8));
    }
  }

  @Test
  void clientRepliesCanBeTurnedOff() throws IOException {
    assertRaw(
        "CLIENT REPLY OFF\r\nSET a 1\r\nGET a\r\nCLIENT REPLY ON\r\nGET a\r\nCLIENT REPLY"
            + " SKIP\r\nGET a\r\nPING\r\n",
        "+OK\r\n$1\r\n1\r\n+PONG\r\n");
  }

  @Test
  void infoHasASectionOfOurs() {
    try (var jedis = jedis();
        var jedis3 = jedis3()) {
      for (var client : List.of(jedis, jedis3)) {
        String info = client.info();
        assertTrue(info.contains("redis_version:"), info);
        assertTrue(info.contains("# Holdfast\r\n"), info);
        assertTrue(info.contains("topology:static"), info);
      }
    }
  }

  @Test
  void aClientMayBeListedAndKilled() {
    try (var one = jedis();
        var two = jedis()) {
      one.clientSetname("one");
      two.clientSetname("two");
      assertEquals("two", two.clientGetname());
      assertTrue(one.clientList().contains("name=two"), one.clientList());
      long id = two.clientId();
      assertEquals(
          1L,
          one.clientKill(new redis.clients.jedis.params.ClientKillParams().id(Long.toString(id))));
      assertThrows(RuntimeException.class, two::ping);
      assertEquals("PONG", one.ping());
    }
  }

  @Test
  void manyClientsShareTheLinks() throws Exception {
    var threads = new ArrayList<Thread>();
    var failures = new java.util.concurrent.ConcurrentLinkedQueue<Throwable>();
    for (int c = 0; c < 100; c++) {
      String key = "k" + c;
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (var jedis = jedis()) {
                      for (int i = 1; i <= 50; i++) {
                        assertEquals(i, jedis.incr(key));
                        assertEquals(Integer.toString(i), jedis.get(key));
                      }
                    } catch (Throwable e) {
                      failures.add(e);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join(30_000);
    }
    assertEquals(List.of(), List.copyOf(failures));
    String clients = redis.cli("CLIENT", "LIST");
    assertTrue(clients.lines().count() < 20, clients);
  }
}
