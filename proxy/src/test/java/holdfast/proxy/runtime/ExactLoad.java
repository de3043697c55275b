package holdfast.proxy.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Response;

/**
 * Clients whose commands may not be repeated: each counts by INCR on a key of its own, one at a
 * time, in pipelines and in transactions, and the answer must be the next number each time, so that
 * a command lost or executed twice shows at once. One more waits with BLPOP for what another
 * pushes. Nothing is tried again here.
 */
final class ExactLoad implements AutoCloseable {
  private static final int SINGLE = 3;
  private static final int PIPELINE = 16;

  /** Between two commands of a client: what is measured is a switch, not a machine at its limit. */
  private static final int PAUSE_MILLIS = 1;

  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong longestGapNanos = new AtomicLong();
  private final ConcurrentLinkedQueue<String> errors = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final int port;

  private interface Work {
    void with(Jedis jedis, long number);
  }

  ExactLoad(int port) {
    this.port = port;
    for (int i = 0; i < SINGLE; i++) {
      String key = "single-" + i;
      start(key, (jedis, number) -> expect(key, number, jedis.incr(key)));
    }
    start("pipeline", this::pipeline);
    start("transaction", this::transaction);
    start("push", (jedis, number) -> jedis.rpush("list", Long.toString(number)));
    start(
        "pop",
        (jedis, number) -> {
          List<String> popped = jedis.blpop(0, "list");
          expect("pop", number, Long.parseLong(popped.get(1)));
        });
  }

  private void start(String name, Work work) {
    threads.add(Thread.ofVirtual().name(name).start(() -> run(name, work)));
  }

  private void run(String name, Work work) {
    try (var jedis = new Jedis("127.0.0.1", port, 20_000)) {
      for (long number = 1; running.get() || name.equals("pop"); number++) {
        long begin = System.nanoTime();
        work.with(jedis, number);
        if (!name.equals("pop")) {
          longestGapNanos.accumulateAndGet(System.nanoTime() - begin, Math::max);
        }
        done.incrementAndGet();
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (RuntimeException | InterruptedException e) {
      if (running.get()) {
        errors.add(name + ": " + e);
      }
    }
  }

  private void pipeline(Jedis jedis, long number) {
    var replies = new ArrayList<Response<Long>>();
    try (var pipeline = jedis.pipelined()) {
      for (int i = 0; i < PIPELINE; i++) {
        replies.add(pipeline.incr("pipeline"));
      }
    }
    for (int i = 0; i < PIPELINE; i++) {
      expect("pipeline", (number - 1) * PIPELINE + i + 1, replies.get(i).get());
    }
  }

  private void transaction(Jedis jedis, long number) {
    try (var transaction = jedis.multi()) {
      transaction.incr("transaction");
      transaction.incrBy("twice", 2);
      List<Object> replies = transaction.exec();
      expect("transaction", number, (Long) replies.get(0));
      expect("twice", 2 * number, (Long) replies.get(1));
    }
  }

  private void expect(String key, long expected, long actual) {
    if (expected != actual) {
      errors.add(key + " answered " + actual + ", expected " + expected);
      running.set(false);
    }
  }

  /** Until so many more are through, or something went wrong. */
  void await(long more) {
    long goal = done.get() + more;
    org.awaitility.Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(30))
        .until(() -> done.get() >= goal || !errors.isEmpty());
  }

  List<String> errors() {
    return List.copyOf(errors);
  }

  /** The longest that a command took since this was last asked. */
  long takeLongestGapNanos() {
    return longestGapNanos.getAndSet(0);
  }

  @Override
  public void close() {
    running.set(false);
    try {
      for (Thread thread : threads) {
        if (!thread.getName().equals("pop")) {
          thread.join(20_000);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
