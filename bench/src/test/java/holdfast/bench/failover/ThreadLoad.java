package holdfast.bench.failover;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;

/** A load by a Java client in this process, one thread per connection. */
final class ThreadLoad implements ClientLoad {
  private static final int TIMEOUT_MILLIS = 20_000;

  /** One connection of some library. */
  interface Connection extends AutoCloseable {
    void set(String key, long value) throws Exception;

    long get(String key) throws Exception;

    @Override
    void close();
  }

  /** Opens connections. */
  interface Opener {
    Connection open() throws Exception;
  }

  private final String name;
  private final List<Worker> workers = new ArrayList<>();
  private final CountDownLatch ready;
  private final Runnable afterwards;
  private volatile boolean stopping;

  private ThreadLoad(String name, int connections, Opener opener, Runnable afterwards)
      throws Exception {
    this.name = name;
    this.ready = new CountDownLatch(connections);
    this.afterwards = afterwards;
    for (int i = 0; i < connections; i++) {
      workers.add(new Worker(name + ":" + i, opener.open()));
    }
    workers.forEach(w -> w.thread.start());
  }

  /** Jedis: one plain connection a thread, which has no retry. */
  static ThreadLoad jedis(String host, int port, int connections) throws Exception {
    return new ThreadLoad(
        "jedis",
        connections,
        () -> new JedisConnection(new Jedis(host, port, TIMEOUT_MILLIS)),
        () -> {});
  }

  /** Lettuce: no automatic reconnect, and what is sent while disconnected is refused. */
  static ThreadLoad lettuce(String host, int port, int connections) throws Exception {
    var client =
        RedisClient.create(
            RedisURI.builder()
                .withHost(host)
                .withPort(port)
                .withTimeout(Duration.ofMillis(TIMEOUT_MILLIS))
                .build());
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(false)
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .socketOptions(
                SocketOptions.builder().connectTimeout(Duration.ofMillis(TIMEOUT_MILLIS)).build())
            .timeoutOptions(TimeoutOptions.enabled(Duration.ofMillis(TIMEOUT_MILLIS)))
            .build());
    return new ThreadLoad(
        "lettuce",
        connections,
        () -> new LettuceConnection(client.connect()),
        () -> client.shutdown(Duration.ZERO, Duration.ofSeconds(2)));
  }

  private record JedisConnection(Jedis jedis) implements Connection {
    @Override
    public void set(String key, long value) {
      jedis.set(key, Long.toString(value));
    }

    @Override
    public long get(String key) {
      String value = jedis.get(key);
      return value == null ? -1 : Long.parseLong(value);
    }

    @Override
    public void close() {
      jedis.close();
    }
  }

  private record LettuceConnection(StatefulRedisConnection<String, String> connection)
      implements Connection {
    @Override
    public void set(String key, long value) {
      connection.sync().set(key, Long.toString(value));
    }

    @Override
    public long get(String key) {
      String value = connection.sync().get(key);
      return value == null ? -1 : Long.parseLong(value);
    }

    @Override
    public void close() {
      connection.close();
    }
  }

  private final class Worker {
    final String key;
    final Connection connection;
    final Thread thread;
    final List<String> errors = new ArrayList<>();
    long writes;
    long reads;
    long behind;
    long acknowledged;
    long longestNanos;

    Worker(String key, Connection connection) {
      this.key = key;
      this.connection = connection;
      this.thread = Thread.ofPlatform().daemon().name(key).unstarted(this::run);
    }

    void run() {
      for (long number = 1; !stopping; number++) {
        try {
          long began = System.nanoTime();
          connection.set(key, number);
          long wrote = System.nanoTime();
          writes++;
          acknowledged = number;
          long value = connection.get(key);
          reads++;
          behind += value < number ? 1 : 0;
          longestNanos = Math.max(longestNanos, Math.max(wrote - began, System.nanoTime() - wrote));
        } catch (Exception e) {
          errors.add(e.getClass().getSimpleName() + ": " + e.getMessage());
          pause(100);
        }
        if (number == 1) {
          ready.countDown();
        }
        pause(5);
      }
      try {
        connection.close();
      } catch (RuntimeException e) {
        errors.add("close: " + e.getMessage());
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
  public void awaitReady() throws InterruptedException {
    if (!ready.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(name + " had no answer within a minute");
    }
  }

  @Override
  public Result finish() throws InterruptedException {
    stopping = true;
    for (Worker worker : workers) {
      if (!worker.thread.join(Duration.ofMinutes(1))) {
        throw new IllegalStateException(worker.key + " does not end");
      }
    }
    List<String> errors = workers.stream().flatMap(w -> w.errors.stream()).toList();
    Map<String, Long> acknowledged = new HashMap<>();
    workers.forEach(w -> acknowledged.put(w.key, w.acknowledged));
    return new Result(
        workers.stream().mapToLong(w -> w.writes).sum(),
        workers.stream().mapToLong(w -> w.reads).sum(),
        workers.stream().mapToLong(w -> w.behind).sum(),
        workers.stream().mapToLong(w -> w.longestNanos / 1_000_000).max().orElse(0),
        errors.size(),
        errors.stream().limit(10).toList(),
        acknowledged);
  }

  @Override
  public void close() {
    stopping = true;
    workers.forEach(w -> w.thread.interrupt());
    afterwards.run();
  }
}
