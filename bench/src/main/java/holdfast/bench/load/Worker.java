package holdfast.bench.load;

import holdfast.backend.time.Ticker;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One client: a Jedis connection with its default timeouts (2 s) and no retries, that writes
 * numbered values and reads its own keys at a steady rate. A reply in error or a lost connection is
 * counted as an error, then it connects anew.
 */
final class Worker implements Runnable {
  private static final long LATE_NANOS_MAX = 1_000_000_000L;
  private static final long NEW_CONNECTION_NANOS = 50_000_000L;

  private final int index;
  private final LoadOptions options;
  private final WriteLedger ledger;
  private final LoadCounts counts;
  private final GapMeter gaps;
  private final Recorder writeNanos;
  private final Ticker ticker;
  private volatile boolean stopped;

  Worker(
      int index,
      LoadOptions options,
      WriteLedger ledger,
      LoadCounts counts,
      GapMeter gaps,
      Recorder writeNanos,
      Ticker ticker) {
    this.index = index;
    this.options = options;
    this.ledger = ledger;
    this.counts = counts;
    this.gaps = gaps;
    this.writeNanos = writeNanos;
    this.ticker = ticker;
  }

  /** Ends after the command that is under way. */
  void stop() {
    stopped = true;
  }

  @Override
  public void run() {
    Jedis jedis = null;
    long dueNanos = ticker.nowNanos();
    // Writers spread over the interval, so that they are not all in step.
    dueNanos += options.intervalNanos() * index / options.connections();
    double readsOwed = 0;
    for (long turn = 0; !stopped; turn++) {
      sleepUntil(dueNanos);
      if (ticker.nowNanos() - dueNanos > LATE_NANOS_MAX) {
        dueNanos = ticker.nowNanos(); // no stampede of everything that was missed
      }
      dueNanos += options.intervalNanos();
      try {
        if (jedis == null) {
          jedis = new Jedis(new HostAndPort(options.host(), options.port()));
        }
        int key = ledger.key(index, turn);
        write(jedis, key);
        for (readsOwed += options.readsPerWrite(); readsOwed >= 1 && !stopped; readsOwed--) {
          read(jedis, key);
        }
      } catch (JedisException e) {
        counts.failed(e.toString());
        close(jedis);
        jedis = null;
        LockSupport.parkNanos(NEW_CONNECTION_NANOS);
      }
    }
    close(jedis);
  }

  private void write(Jedis jedis, int key) {
    long number = ledger.send(key);
    long beganNanos = ticker.nowNanos();
    String reply = jedis.set(ledger.name(key), Long.toString(number));
    long nowNanos = ticker.nowNanos();
    if (!"OK".equals(reply)) {
      counts.failed("SET answered " + reply);
      return;
    }
    ledger.acknowledge(key, number);
    counts.writes.increment();
    gaps.succeeded(beganNanos, nowNanos);
    writeNanos.recordValue(Math.max(1, nowNanos - beganNanos));
  }

  private void read(Jedis jedis, int key) {
    long acknowledged = ledger.acknowledged(key);
    String value = jedis.get(ledger.name(key));
    counts.reads.increment();
    switch (ledger.judge(key, acknowledged, value)) {
      case CURRENT -> {}
      case OLDER -> counts.staleReads.increment();
      case FOREIGN -> counts.failed("GET " + ledger.name(key) + " answered " + value);
    }
  }

  private void sleepUntil(long dueNanos) {
    for (long left = dueNanos - ticker.nowNanos();
        left > 0 && !stopped;
        left = dueNanos - ticker.nowNanos()) {
      LockSupport.parkNanos(left);
    }
  }

  private static void close(@Nullable Jedis jedis) {
    if (jedis == null) {
      return;
    }
    try {
      jedis.close();
    } catch (JedisException e) {
      // Broken already; the error that broke it was counted.
    }
  }
}
