package holdfast.bench.failover;

import holdfast.bench.failover.MixedThreads.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;

/** The mixed load by Jedis, whose pool has a connection for each kind. */
final class JedisKinds implements MixedThreads.Kinds {
  private final Map<String, Kind> kinds = new LinkedHashMap<>();
  private final UnifiedJedis client;
  private final UnifiedJedis pusher;
  private final UnifiedJedis subscriber;
  private final Inbox inbox = new Inbox();
  private final Feeder feeder;
  private volatile boolean closed;

  JedisKinds(Way way, String prefix) {
    client = connect(way);
    pusher = connect(way);
    subscriber = connect(way);
    feeder = new Feeder(pusher::rpush);
    kinds.put("set", (key, n) -> MixedThreads.ok(client.set(key, Long.toString(n)), n));
    kinds.put("pipeline", this::pipeline);
    kinds.put("transaction", this::transaction);
    kinds.put("incr", (key, _) -> client.incr(key));
    kinds.put("rpush", (key, n) -> client.rpush(key, Long.toString(n)));
    kinds.put("eval", (key, _) -> (Long) client.eval(MixedLoad.SCRIPT, List.of(key), List.of("1")));
    kinds.put("pop", (key, n) -> feeder.feed(key, n, this::pop));
    kinds.put("publish", this::publish);
    Thread.ofPlatform().daemon().name(prefix + ":subscriber").start(() -> listen(prefix));
  }

  private long pipeline(String key, long number) {
    try (var pipeline = client.pipelined()) {
      var answers = new ArrayList<Response<String>>();
      for (long i = 1; i <= MixedLoad.PIPELINE; i++) {
        answers.add(pipeline.set(key, Long.toString((number - 1) * MixedLoad.PIPELINE + i)));
      }
      pipeline.sync();
      answers.forEach(answer -> MixedThreads.ok(answer.get(), number));
    }
    return number;
  }

  private long transaction(String key, long number) {
    try (var transaction = client.multi()) {
      transaction.set(key, Long.toString(number));
      transaction.set(key + ":twin", Long.toString(number));
      for (Object answer : transaction.exec()) {
        if (answer instanceof RuntimeException error) {
          throw error;
        }
      }
    }
    return number;
  }

  private String pop(String key) {
    List<String> popped = client.blpop(1, key);
    return popped == null ? null : popped.get(1);
  }

  private long publish(String key, long number) throws InterruptedException {
    client.publish(key, Long.toString(number));
    inbox.expect(number);
    return number;
  }

  private void listen(String prefix) {
    var messages =
        new JedisPubSub() {
          @Override
          public void onMessage(String channel, String message) {
            inbox.message(message);
          }
        };
    while (!closed) {
      try {
        subscriber.subscribe(messages, prefix + ":publish");
      } catch (RuntimeException e) {
        // Messages are missed while it is not subscribed, and counted as such.
      }
    }
  }

  private static UnifiedJedis connect(Way way) {
    return way.isDirect() ? direct(way) : sentinel(way);
  }

  private static UnifiedJedis direct(Way way) {
    var address = way.addresses().getFirst();
    return redis.clients.jedis.RedisClient.builder()
        .hostAndPort(new HostAndPort(address.host(), address.port()))
        .clientConfig(
            DefaultJedisClientConfig.builder().timeoutMillis(MixedThreads.TIMEOUT_MILLIS).build())
        .build();
  }

  private static UnifiedJedis sentinel(Way way) {
    Set<HostAndPort> sentinels = new HashSet<>();
    way.addresses().forEach(a -> sentinels.add(new HostAndPort(a.host(), a.port())));
    return RedisSentinelClient.builder()
        .masterName("mymaster")
        .sentinels(sentinels)
        .clientConfig(
            DefaultJedisClientConfig.builder()
                .timeoutMillis(MixedThreads.SENTINEL_TIMEOUT_MILLIS)
                .build())
        .build();
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
    closed = true;
    feeder.close();
    client.close();
    pusher.close();
    subscriber.close();
  }
}
