package holdfast.bench.failover;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A mixed load by a Java library, a thread for each kind. */
final class MixedThreads implements MixedLoad {
  /** How long a command may take, and a reply through a proxy. */
  static final int TIMEOUT_MILLIS = 20_000;

  static final int SENTINEL_TIMEOUT_MILLIS = 2_000;

  /** Sends the command of a number, and answers the number that the server counts. */
  interface Kind {
    long send(String key, long number) throws Exception;
  }

  /** How a library sends each kind; closing it closes its connections. */
  interface Kinds extends AutoCloseable {
    /** By the names that {@link MixedLoad} has for them. */
    Map<String, Kind> byName();

    /** Messages published with success that did not arrive. */
    long missed();

    /** Messages that arrived again, or behind a later one. */
    long again();

    @Override
    void close();
  }

  private final String name;
  private final String prefix;
  private final Kinds kinds;
  private final List<Worker> workers = new ArrayList<>();
  private volatile boolean stopping;

  private MixedThreads(String name, String prefix, Kinds kinds) {
    this.name = name;
    this.prefix = prefix;
    this.kinds = kinds;
    kinds.byName().forEach((kind, send) -> workers.add(new Worker(kind, send)));
    workers.forEach(worker -> worker.thread.start());
  }

  static MixedThreads jedis(String prefix, Way way) {
    return new MixedThreads("Jedis", prefix, new JedisKinds(way, prefix));
  }

  static MixedThreads lettuce(String prefix, Way way) {
    return new MixedThreads("Lettuce", prefix, new LettuceKinds(way, prefix));
  }

  /** The number, if that is the answer to expect. */
  static long ok(String answer, long number) {
    if (!"OK".equals(answer)) {
      throw new IllegalStateException("answered " + answer);
    }
    return number;
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
      boolean pops = kind.equals("pop");
      for (long number = 1; !stopping; number++) {
        try {
          long counted = send.send(prefix + ":" + kind, number);
          // What failed before may have been executed or not; a push may come to light much later.
          if (counted <= last || (!pops && counted > last + 1 + failedSince)) {
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

    Seen seen() {
      boolean messages = kind.equals("publish");
      return new Seen(
          acknowledged,
          failed,
          wrong,
          messages ? kinds.missed() : 0,
          messages ? kinds.again() : 0,
          errors);
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
      seen.put(worker.kind, worker.seen());
    }
    return seen;
  }

  @Override
  public void close() {
    stopping = true;
    kinds.close();
  }
}
