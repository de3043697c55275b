package holdfast.bench.load;

import holdfast.backend.time.BootTicker;
import holdfast.backend.time.Ticker;
import holdfast.bench.report.Latencies;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Recorder;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The load as a process of its own. By itself it runs for a time and prints figures; without one
 * ({@code --for 0}) it obeys lines on standard input, and ends when that ends, so that it never
 * outlives who started it:
 *
 * <pre>
 * stats                 writes=N reads=N errors=N stale=N
 * gap                   longest=NANOS slowest=NANOS      since the last gap
 * verify HOST PORT      checked=N lost=N writes=N examples=...
 * quiesce               ok                               no writer writes any more
 * latency               text
 * </pre>
 *
 * Each answer is one line, {@code failed TEXT} if it could not be had.
 */
public final class LoadMain {
  private final LoadOptions options;
  private final Ticker ticker = BootTicker.system();
  private final LoadCounts counts = new LoadCounts();
  private final Recorder writeNanos = new Recorder(3);
  private final WriteLedger ledger;
  private final GapMeter gaps;
  private final List<Worker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  private LoadMain(LoadOptions options) {
    this.options = options;
    this.ledger =
        new WriteLedger(options.prefix(), options.connections(), options.keysPerConnection());
    this.gaps = new GapMeter(ticker.nowNanos());
  }

  /** See {@code --help}; exit code 2 for a wrong command line, 1 if a client saw an error. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<String> words = List.of(arguments);
    if (words.contains("--help")) {
      System.out.println(LoadOptions.USAGE);
      return;
    }
    LoadOptions options;
    try {
      options = LoadOptions.parse(words);
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      System.exit(2);
      return;
    }
    var load = new LoadMain(options);
    load.start();
    if (options.seconds() > 0) {
      System.exit(load.runAlone() ? 0 : 1);
    }
    load.obey(new PrintStream(System.out, true, StandardCharsets.UTF_8));
    System.exit(0);
  }

  private void start() {
    for (int index = 0; index < options.connections(); index++) {
      var worker = new Worker(index, options, ledger, counts, gaps, writeNanos, ticker);
      workers.add(worker);
      threads.add(Thread.ofPlatform().name("client-" + index).daemon().start(worker));
    }
  }

  private void quiesce() throws InterruptedException {
    for (Worker worker : workers) {
      worker.stop();
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private boolean runAlone() throws InterruptedException {
    long beganNanos = ticker.nowNanos();
    new CountDownLatch(1).await(options.seconds(), TimeUnit.SECONDS);
    quiesce();
    double seconds = (ticker.nowNanos() - beganNanos) / 1e9;
    System.out.printf(
        "%d writes (%.0f/s), %d reads (%.0f/s), %d errors, %d stale reads%n",
        counts.writes.sum(),
        counts.writes.sum() / seconds,
        counts.reads.sum(),
        counts.reads.sum() / seconds,
        counts.errors.sum(),
        counts.staleReads.sum());
    System.out.println("writes: " + latencies());
    if (counts.errors.sum() > 0) {
      System.out.println("first error: " + counts.firstError());
    }
    return counts.errors.sum() == 0;
  }

  private void obey(PrintStream out) throws IOException, InterruptedException {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(answer(line.strip().split(" ", -1)));
    }
  }

  private String answer(String[] words) throws InterruptedException {
    return switch (words[0]) {
      case "stats" ->
          "writes="
              + counts.writes.sum()
              + " reads="
              + counts.reads.sum()
              + " errors="
              + counts.errors.sum()
              + " stale="
              + counts.staleReads.sum();
      case "error" -> counts.firstError().replace('\n', ' ');
      case "gap" -> {
        GapMeter.Gaps taken = gaps.take(ticker.nowNanos());
        yield "longest=" + taken.longestNanos() + " slowest=" + taken.slowestWriteNanos();
      }
      case "verify" -> verify(words[1], Integer.parseInt(words[2]));
      case "quiesce" -> {
        quiesce();
        yield "ok";
      }
      case "latency" -> latencies();
      default -> "failed no such command: " + words[0];
    };
  }

  private String verify(String host, int port) {
    try {
      ReadBack.Findings found = ReadBack.of(ledger, host, port);
      return "checked="
          + found.checked()
          + " lost="
          + found.lost()
          + " writes="
          + found.lostWrites()
          + " examples="
          + String.join(",", found.examples());
    } catch (JedisException e) {
      return "failed " + e.toString().replace('\n', ' ');
    }
  }

  private String latencies() {
    return Latencies.text(writeNanos.getIntervalHistogram());
  }
}
