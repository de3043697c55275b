package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.time.Ticker;
import holdfast.routing.plan.DurabilityRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Kills the master again and again under load and keeps the books: errors that clients saw, the
 * pause of each switch, and whether every acknowledged write can be read back from the new master
 * directly. {@link #stop} may come from any thread, the rest is one thread's.
 */
final class Demo {
  private static final long TICK_MILLIS = 100;
  private static final long SECOND = 1_000_000_000L;

  /** A killed process comes back this long after. */
  private static final long RESTART_NANOS = SECOND;

  /** The switch has settled when writes have succeeded for this long after it. */
  private static final long SETTLE_NANOS = SECOND;

  private static final long SWITCH_NANOS_MAX = 30 * SECOND;

  /** How long a kill is put off for a replica that is not yet back in step. */
  private static final long IN_STEP_NANOS_MAX = 20 * SECOND;

  private final List<BackendProcess> backends;
  private final MasterView view;
  private final LoadProcess load;
  private final DemoBoard board;
  private final Ticker ticker;
  private final DurabilityRule durability;
  private final long lengthNanos;
  private final long killEveryNanos;
  private final List<SwitchReport> switches = new ArrayList<>();
  private final CountDownLatch finished = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);

  private long beganNanos;
  private long lostWrites;
  private @Nullable Kill kill;

  /** A kill whose switch is still going on. */
  private static final class Kill {
    final BackendProcess victim;
    final long atNanos;
    final long epochBefore;
    boolean restarted;
    MasterView.@Nullable Master successor;
    long successorSeenNanos;
    long writesAtSuccessor;

    Kill(BackendProcess victim, long atNanos, long epochBefore) {
      this.victim = victim;
      this.atNanos = atNanos;
      this.epochBefore = epochBefore;
    }
  }

  /**
   * @param durability what the backends run with: unless it is none, a write that is missing is a
   *     failure
   * @param lengthNanos how long to run, 0 until {@link #stop}
   * @param killEveryNanos from one kill to the next
   */
  Demo(
      List<BackendProcess> backends,
      MasterView view,
      LoadProcess load,
      DemoBoard board,
      Ticker ticker,
      DurabilityRule durability,
      long lengthNanos,
      long killEveryNanos) {
    this.backends = List.copyOf(backends);
    this.view = view;
    this.load = load;
    this.board = board;
    this.ticker = ticker;
    this.durability = durability;
    this.lengthNanos = lengthNanos;
    this.killEveryNanos = killEveryNanos;
  }

  /** Asks for an early end and waits for the summary, at most 15 s. */
  void stop() throws InterruptedException {
    stopped.countDown();
    boolean done = finished.await(15, TimeUnit.SECONDS);
    if (!done) {
      board.event("no summary: the demo did not end in time");
    }
  }

  /**
   * Runs to the end; whether no client saw an error, the switches all came about, and nothing is
   * missing that should not be.
   */
  boolean run() throws IOException, InterruptedException {
    try {
      return runUntilDone();
    } finally {
      finished.countDown();
    }
  }

  private boolean runUntilDone() throws IOException, InterruptedException {
    beganNanos = ticker.nowNanos();
    long nextKillNanos = beganNanos + killEveryNanos / 2;
    while (!stopped.await(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
      long nowNanos = ticker.nowNanos();
      boolean timeIsUp = lengthNanos > 0 && nowNanos - beganNanos >= lengthNanos;
      if (kill != null) {
        if (!follow(kill, nowNanos)) {
          return summary(false);
        }
      } else if (timeIsUp) {
        break;
      } else if (nowNanos - nextKillNanos >= 0) {
        boolean waitedEnough = nowNanos - nextKillNanos >= IN_STEP_NANOS_MAX;
        if (killMaster(nowNanos, waitedEnough)) {
          nextKillNanos += killEveryNanos;
          nextKillNanos = Math.max(nextKillNanos, nowNanos + SECOND);
        }
      }
      show(nowNanos);
    }
    return summary(true);
  }

  /** Kills the master if its replicas are in step; false to try again soon. */
  private boolean killMaster(long nowNanos, boolean waitedEnough) throws IOException {
    MasterView.Master master = view.current();
    BackendProcess victim = master == null ? null : backendAt(master.address());
    if (master == null || victim == null) {
      return false;
    }
    int inStep = 0;
    for (BackendProcess backend : backends) {
      if (backend != victim && "up".equals(backend.info().get("master_link_status"))) {
        inStep++;
      }
    }
    if (inStep < backends.size() - 1) {
      if (!waitedEnough || inStep == 0) {
        return false;
      }
      board.event("a replica is still not in step after 20 s; killing the master all the same");
    }
    load.askFields("gap");
    victim.kill();
    kill = new Kill(victim, nowNanos, master.epoch());
    return true;
  }

  /** Goes on with a switch; false if it does not come about. */
  private boolean follow(Kill current, long nowNanos) throws IOException {
    if (!current.restarted && nowNanos - current.atNanos >= RESTART_NANOS) {
      current.victim.start();
      current.restarted = true;
    }
    MasterView.Master master = current.successor;
    if (master == null) {
      MasterView.Master seen = view.current();
      if (seen != null && seen.epoch() > current.epochBefore) {
        current.successor = seen;
        current.successorSeenNanos = nowNanos;
        current.writesAtSuccessor = writes();
      } else if (nowNanos - current.atNanos > SWITCH_NANOS_MAX) {
        board.event("no new master 30 s after " + current.victim.address() + " was killed");
        return false;
      }
      return true;
    }
    boolean settled =
        current.restarted
            && nowNanos - current.successorSeenNanos >= SETTLE_NANOS
            && writes() > current.writesAtSuccessor;
    if (settled) {
      report(current, master);
      kill = null;
    } else if (nowNanos - current.successorSeenNanos > SWITCH_NANOS_MAX) {
      board.event("no write succeeds 30 s after " + master.address() + " became master");
      return false;
    }
    return true;
  }

  private void report(Kill current, MasterView.Master successor) throws IOException {
    Map<String, String> gaps = load.askFields("gap");
    ReadBack readBack = readBack(successor.address());
    lostWrites += readBack.lostWrites();
    var report =
        new SwitchReport(
            switches.size() + 1,
            (current.atNanos - beganNanos) / (double) SECOND,
            current.victim.address().toString(),
            successor.address().toString(),
            successor.epoch(),
            number(gaps, "longest"),
            number(gaps, "slowest"),
            readBack.checked(),
            readBack.lostWrites(),
            number(load.askFields("stats"), "errors"));
    switches.add(report);
    board.switched(report);
    if (!readBack.examples().isEmpty()) {
      board.event("lost, key=there<acknowledged: " + readBack.examples());
    }
  }

  private record ReadBack(int checked, long lostWrites, String examples) {}

  private ReadBack readBack(NodeAddress master) throws IOException {
    Map<String, String> found = load.askFields("verify " + master.host() + " " + master.port());
    return new ReadBack(
        (int) number(found, "checked"),
        number(found, "writes"),
        found.getOrDefault("examples", ""));
  }

  private void show(long nowNanos) throws IOException {
    if (!board.isDue(nowNanos)) {
      return;
    }
    var nodes = new HashMap<NodeAddress, Map<String, String>>();
    for (BackendProcess backend : backends) {
      nodes.put(backend.address(), backend.isAlive() ? backend.info() : Map.of());
    }
    board.show(
        nowNanos,
        (nowNanos - beganNanos) / SECOND,
        view.current(),
        load.askFields("stats"),
        lostWrites,
        backends.stream().map(BackendProcess::address).toList(),
        nodes);
  }

  /** Stops the load, reads everything back a last time and tells the whole. */
  private boolean summary(boolean switchesCameAbout) throws IOException {
    load.ask("quiesce");
    Map<String, String> stats = load.askFields("stats");
    MasterView.Master master = view.current();
    long lostAtEnd = 0;
    String last = "not read back: no voter names a master";
    if (master != null) {
      ReadBack readBack = readBack(master.address());
      lostAtEnd = readBack.lostWrites();
      last =
          readBack.checked()
              + " keys read back from "
              + master.address()
              + " directly, acknowledged writes missing: "
              + lostAtEnd;
    }
    long errors = number(stats, "errors");
    board.summary(switches, stats, load.ask("latency"), last, errors == 0 ? "" : load.ask("error"));
    boolean mayLose = durability.replicas() == 0;
    return switchesCameAbout
        && errors == 0
        && master != null
        && (mayLose || lostWrites + lostAtEnd == 0);
  }

  private @Nullable BackendProcess backendAt(NodeAddress address) {
    for (BackendProcess backend : backends) {
      if (backend.address().equals(address)) {
        return backend;
      }
    }
    return null;
  }

  private long writes() throws IOException {
    return number(load.askFields("stats"), "writes");
  }

  static long number(Map<String, String> fields, String name) {
    String value = fields.get(name);
    return value == null ? 0 : Long.parseLong(value);
  }
}
