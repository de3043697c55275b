package holdfast.bench.failover;

import holdfast.bench.failover.MixedThreads.Kind;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The mixed load by Lettuce, a connection for each kind. */
final class LettuceKinds implements MixedThreads.Kinds {
  private final Map<String, Kind> kinds = new LinkedHashMap<>();
  private final RedisClient client;
  private final Inbox inbox = new Inbox();
  private final Feeder feeder;
  private final StatefulRedisConnection<String, String> publisher;
  private final StatefulRedisPubSubConnection<String, String> subscriber;

  LettuceKinds(Way way, String prefix) {
    client = way.isDirect() ? direct(way) : sentinel(way);
    var set = client.connect();
    kinds.put("set", (key, n) -> MixedThreads.ok(set.sync().set(key, Long.toString(n)), n));
    var pipeline = client.connect();
    kinds.put("pipeline", (key, n) -> pipeline(pipeline, key, n));
    var transaction = client.connect();
    kinds.put("transaction", (key, n) -> transaction(transaction, key, n));
    var incr = client.connect();
    kinds.put("incr", (key, _) -> incr.sync().incr(key));
    var rpush = client.connect();
    kinds.put("rpush", (key, n) -> rpush.sync().rpush(key, Long.toString(n)));
    var eval = client.connect();
    kinds.put(
        "eval",
        (key, _) ->
            eval.sync()
                .<Long>eval(MixedLoad.SCRIPT, ScriptOutputType.INTEGER, new String[] {key}, "1"));
    var pop = client.connect();
    var push = client.connect();
    feeder = new Feeder((key, value) -> push.sync().rpush(key, value));
    kinds.put("pop", (key, n) -> feeder.feed(key, n, its -> pop(pop, its)));
    publisher = client.connect();
    subscriber = client.connectPubSub();
    subscriber.addListener(
        new RedisPubSubAdapter<String, String>() {
          @Override
          public void message(String channel, String message) {
            inbox.message(message);
          }
        });
    subscriber.sync().subscribe(prefix + ":publish");
    kinds.put("publish", this::publish);
  }

  private static long pipeline(
      StatefulRedisConnection<String, String> connection, String key, long number)
      throws Exception {
    var futures = new ArrayList<RedisFuture<String>>();
    for (long i = 1; i <= MixedLoad.PIPELINE; i++) {
      long value = (number - 1) * MixedLoad.PIPELINE + i;
      futures.add(connection.async().set(key, Long.toString(value)));
    }
    for (RedisFuture<String> future : futures) {
      future.get(MixedThreads.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    }
    return number;
  }

  private static long transaction(
      StatefulRedisConnection<String, String> connection, String key, long number) {
    connection.sync().multi();
    connection.sync().set(key, Long.toString(number));
    connection.sync().set(key + ":twin", Long.toString(number));
    connection.sync().exec();
    return number;
  }

  private static String pop(StatefulRedisConnection<String, String> connection, String key) {
    KeyValue<String, String> popped = connection.sync().blpop(1, key);
    return popped == null ? null : popped.getValue();
  }

  private long publish(String key, long number) throws InterruptedException {
    if (!subscriber.isOpen()) {
      throw new IllegalStateException("the subscriber's connection is lost");
    }
    publisher.sync().publish(key, Long.toString(number));
    inbox.expect(number);
    return number;
  }

  private static RedisClient direct(Way way) {
    var address = way.addresses().getFirst();
    var client =
        RedisClient.create(
            RedisURI.builder()
                .withHost(address.host())
                .withPort(address.port())
                .withTimeout(Duration.ofMillis(MixedThreads.TIMEOUT_MILLIS))
                .build());
    client.setOptions(ClientOptions.builder().autoReconnect(false).build());
    return client;
  }

  private static RedisClient sentinel(Way way) {
    RedisURI.Builder uri = RedisURI.builder().withSentinelMasterId("mymaster");
    way.addresses().forEach(a -> uri.withSentinel(a.host(), a.port()));
    Duration timeout = Duration.ofMillis(MixedThreads.SENTINEL_TIMEOUT_MILLIS);
    return RedisClient.create(uri.withTimeout(timeout).build());
  }

  @Override
  public Map<String, Kind> byName() {
    return kinds;
  }

  @Override
  public long missed() {
    return inbox.missed();
  }

  @Override
  public long again() {
    return inbox.again();
  }

  @Override
  public void close() {
    feeder.close();
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
  }
}
