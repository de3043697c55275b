package holdfast.bench.failover;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;

/** A mixed load by a Java library, a thread for each kind. */
final class MixedThreads implements MixedLoad {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int SENTINEL_TIMEOUT_MILLIS = 2_000;

  /** Sends the command of a number, and answers the number that the server counts. */
  private interface Kind {
    long send(String key, long number) throws Exception;
  }

  private final String name;
  private final String prefix;
  private final List<Worker> workers = new ArrayList<>();
  private final List<AutoCloseable> clients = new ArrayList<>();
  private volatile boolean stopping;

  private MixedThreads(String name, String prefix) {
    this.name = name;
    this.prefix = prefix;
  }

  private void start(Map<String, Kind> kinds) {
    kinds.forEach((kind, send) -> workers.add(new Worker(kind, send)));
    workers.forEach(worker -> worker.thread.start());
  }

  private static long ok(String answer, long number) {
    if (!"OK".equals(answer)) {
      throw new IllegalStateException("answered " + answer);
    }
    return number;
  }

  // ---- Jedis

  static MixedThreads jedis(String prefix, Way way) {
    var load = new MixedThreads("Jedis", prefix);
    var kinds = new LinkedHashMap<String, Kind>();
    UnifiedJedis client = way.isDirect() ? jedisDirect(way) : jedisSentinel(way);
    load.clients.add(client);
    kinds.put("set", (key, n) -> ok(client.set(key, Long.toString(n)), n));
    kinds.put(
        "pipeline",
        (key, n) -> {
          try (var pipeline = client.pipelined()) {
            var answers = new ArrayList<Response<String>>();
            for (long i = 1; i <= PIPELINE; i++) {
              answers.add(pipeline.set(key, Long.toString((n - 1) * PIPELINE + i)));
            }
            pipeline.sync();
            answers.forEach(answer -> ok(answer.get(), n));
          }
          return n;
        });
    kinds.put(
        "transaction",
        (key, n) -> {
          try (var transaction = client.multi()) {
            transaction.set(key, Long.toString(n));
            transaction.set(key + ":twin", Long.toString(n));
            transaction.exec().forEach(MixedThreads::raise);
          }
          return n;
        });
    kinds.put("incr", (key, _) -> client.incr(key));
    kinds.put("rpush", (key, n) -> client.rpush(key, Long.toString(n)));
    kinds.put("eval", (key, _) -> (Long) client.eval(SCRIPT, List.of(key), List.of("1")));
    load.start(kinds);
    return load;
  }

  private static void raise(Object answer) {
    if (answer instanceof RuntimeException error) {
      throw error;
    }
  }

  private static UnifiedJedis jedisDirect(Way way) {
    var address = way.addresses().getFirst();
    return redis.clients.jedis.RedisClient.builder()
        .hostAndPort(new HostAndPort(address.host(), address.port()))
        .clientConfig(DefaultJedisClientConfig.builder().timeoutMillis(TIMEOUT_MILLIS).build())
        .build();
  }

  private static UnifiedJedis jedisSentinel(Way way) {
    Set<HostAndPort> sentinels = new HashSet<>();
    way.addresses().forEach(a -> sentinels.add(new HostAndPort(a.host(), a.port())));
    return RedisSentinelClient.builder()
        .masterName("mymaster")
        .sentinels(sentinels)
        .clientConfig(
            DefaultJedisClientConfig.builder().timeoutMillis(SENTINEL_TIMEOUT_MILLIS).build())
        .build();
  }

  // ---- Lettuce

  static MixedThreads lettuce(String prefix, Way way) {
    var load = new MixedThreads("Lettuce", prefix);
    RedisClient client = way.isDirect() ? lettuceDirect(way) : lettuceSentinel(way);
    load.clients.add(() -> client.shutdown(Duration.ZERO, Duration.ofSeconds(2)));
    var kinds = new LinkedHashMap<String, Kind>();
    kinds.put("set", new Lettuce(client).set());
    kinds.put("pipeline", new Lettuce(client).pipeline());
    kinds.put("transaction", new Lettuce(client).transaction());
    var incr = new Lettuce(client).connection;
    kinds.put("incr", (key, _) -> incr.sync().incr(key));
    var rpush = new Lettuce(client).connection;
    kinds.put("rpush", (key, n) -> rpush.sync().rpush(key, Long.toString(n)));
    var eval = new Lettuce(client).connection;
    kinds.put(
        "eval",
        (key, _) ->
            eval.sync().<Long>eval(SCRIPT, ScriptOutputType.INTEGER, new String[] {key}, "1"));
    load.start(kinds);
    return load;
  }

  private record Lettuce(StatefulRedisConnection<String, String> connection) {
    Lettuce(RedisClient client) {
      this(client.connect());
    }

    Kind set() {
      return (key, n) -> ok(connection.sync().set(key, Long.toString(n)), n);
    }

    Kind pipeline() {
      return (key, n) -> {
        var futures = new ArrayList<RedisFuture<String>>();
        for (long i = 1; i <= PIPELINE; i++) {
          futures.add(connection.async().set(key, Long.toString((n - 1) * PIPELINE + i)));
        }
        for (RedisFuture<String> future : futures) {
          future.get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        }
        return n;
      };
    }

    Kind transaction() {
      return (key, n) -> {
        connection.sync().multi();
        connection.sync().set(key, Long.toString(n));
        connection.sync().set(key + ":twin", Long.toString(n));
        connection.sync().exec();
        return n;
      };
    }
  }

  private static RedisClient lettuceDirect(Way way) {
    var address = way.addresses().getFirst();
    var client =
        RedisClient.create(
            RedisURI.builder()
                .withHost(address.host())
                .withPort(address.port())
                .withTimeout(Duration.ofMillis(TIMEOUT_MILLIS))
                .build());
    client.setOptions(ClientOptions.builder().autoReconnect(false).build());
    return client;
  }

  private static RedisClient lettuceSentinel(Way way) {
    RedisURI.Builder uri = RedisURI.builder().withSentinelMasterId("mymaster");
    way.addresses().forEach(a -> uri.withSentinel(a.host(), a.port()));
    return RedisClient.create(uri.withTimeout(Duration.ofMillis(SENTINEL_TIMEOUT_MILLIS)).build());
  }

  // ---- the connections

  private final class Worker {
    final String kind;
    final Kind send;
    final Thread thread;
    final CountDownLatch ready = new CountDownLatch(1);
    final List<String> errors = new ArrayList<>();
    long acknowledged;
    long failed;

    /** What the server counted last, and failures since. */
    long last;

    long failedSince;
    long wrong;

    Worker(String kind, Kind send) {
      this.kind = kind;
      this.send = send;
      this.thread = Thread.ofPlatform().daemon().name(prefix + ":" + kind).unstarted(this::run);
    }

    private void run() {
      for (long number = 1; !stopping; number++) {
        try {
          long counted = send.send(prefix + ":" + kind, number);
          // What failed before may have been executed or not.
          if (counted <= last || counted > last + 1 + failedSince) {
            wrong++;
          }
          last = counted;
          failedSince = 0;
          acknowledged++;
        } catch (Exception e) {
          failed++;
          failedSince++;
          if (errors.size() < 5) {
            errors.add(kind + ": " + e.getClass().getSimpleName() + ": " + e.getMessage());
          }
          pause(50);
        }
        ready.countDown();
        pause(5);
      }
    }

    private void pause(long millis) {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String prefix() {
    return prefix;
  }

  @Override
  public void awaitReady() throws InterruptedException {
    for (Worker worker : workers) {
      if (!worker.ready.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException(name + " had no answer within a minute");
      }
    }
  }

  @Override
  public Map<String, Seen> finish() throws InterruptedException {
    stopping = true;
    var seen = new LinkedHashMap<String, Seen>();
    for (Worker worker : workers) {
      if (!worker.thread.join(Duration.ofMinutes(1))) {
        throw new IllegalStateException(worker.kind + " of " + name + " does not end");
      }
      seen.put(
          worker.kind, new Seen(worker.acknowledged, worker.failed, worker.wrong, worker.errors));
    }
    return seen;
  }

  @Override
  public void close() {
    stopping = true;
    for (AutoCloseable client : clients) {
      try {
        client.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
