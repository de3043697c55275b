package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.routing.plan.DurabilityRule;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the demo shows: on a terminal a table that is drawn over itself below the list of kills,
 * elsewhere a line now and then. One thread.
 */
final class DemoBoard {
  private static final long SECOND = 1_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private final long intervalNanos;
  private final Map<NodeAddress, long[]> before = new HashMap<>();
  private boolean shown;
  private final DurabilityRule durability;
  private long lastNanos;
  private long lastWrites;
  private long lastReads;
  private int drawnLines;
  private boolean headed;

  DemoBoard(PrintStream out, boolean terminal, DurabilityRule durability) {
    this.out = out;
    this.durability = durability;
    this.terminal = terminal;
    this.intervalNanos = terminal ? SECOND / 2 : 5 * SECOND;
  }

  /** Whether it is time to show what is there. */
  boolean isDue(long nowNanos) {
    return !shown || nowNanos - lastNanos >= intervalNanos;
  }

  /** A line that stays. */
  void event(String text) {
    erase();
    out.println(text);
  }

  /** A switch that is over, as a line that stays. */
  void switched(SwitchReport report) {
    erase();
    if (!headed) {
      out.println(SwitchReport.HEADER);
      headed = true;
    }
    out.println(report.line());
  }

  /** The state of things now. */
  void show(
      long nowNanos,
      long runningSeconds,
      MasterView.@Nullable Master master,
      Map<String, String> stats,
      long lostWrites,
      List<NodeAddress> order,
      Map<NodeAddress, Map<String, String>> nodes) {
    double seconds = shown ? Math.max(1, nowNanos - lastNanos) / (double) SECOND : 1;
    long writes = Demo.number(stats, "writes");
    long reads = Demo.number(stats, "reads");
    var lines = new ArrayList<String>();
    lines.add(
        "%3d s  master %s  epoch %d  %.0f writes/s  %.0f reads/s  errors %d  lost writes %d  stale reads %d"
            .formatted(
                runningSeconds,
                master == null ? "?" : master.address().toString(),
                master == null ? 0 : master.epoch(),
                shown ? (writes - lastWrites) / seconds : 0,
                shown ? (reads - lastReads) / seconds : 0,
                Demo.number(stats, "errors"),
                lostWrites,
                Demo.number(stats, "stale")));
    for (NodeAddress address : order) {
      lines.add(node(address, nodes.getOrDefault(address, Map.of()), seconds));
    }
    erase();
    if (terminal) {
      lines.forEach(out::println);
      drawnLines = lines.size();
    } else {
      out.println(lines.getFirst());
    }
    out.flush();
    shown = true;
    lastNanos = nowNanos;
    lastWrites = writes;
    lastReads = reads;
  }

  private String node(NodeAddress address, Map<String, String> info, double seconds) {
    if (info.isEmpty()) {
      before.remove(address);
      return "       %-17s down".formatted(address);
    }
    long reads = Demo.number(info, "keyspace_hits") + Demo.number(info, "keyspace_misses");
    long commands = Demo.number(info, "total_commands_processed");
    long[] earlier = before.put(address, new long[] {reads, commands});
    boolean same = earlier != null && earlier[1] <= commands;
    String role = info.getOrDefault("role", "?").equals("master") ? "master" : "replica";
    return "       %-17s %-8s %-5s %6.0f reads/s %7.0f commands/s  offset %s"
        .formatted(
            address,
            role,
            role.equals("master") ? "" : info.getOrDefault("master_link_status", "?"),
            same && earlier != null ? (reads - earlier[0]) / seconds : 0,
            same && earlier != null ? (commands - earlier[1]) / seconds : 0,
            info.getOrDefault(
                role.equals("master") ? "master_repl_offset" : "slave_repl_offset", "?"));
  }

  /** The end: pauses, totals, and what was read back. */
  void summary(
      List<SwitchReport> switches,
      Map<String, String> stats,
      String latencies,
      String readBack,
      String firstError) {
    erase();
    out.println();
    out.println("Summary");
    out.printf(
        "  %s writes and %s reads through the proxy; %s errors seen by clients, %s stale reads%n",
        stats.get("writes"), stats.get("reads"), stats.get("errors"), stats.get("stale"));
    if (!firstError.isEmpty()) {
      out.println("  first error: " + firstError);
    }
    LongSummaryStatistics pauses =
        switches.stream().mapToLong(SwitchReport::pauseNanos).summaryStatistics();
    if (pauses.getCount() > 0) {
      out.printf(
          "  %d kills; pause in writes: shortest %d ms, mean %.0f ms, longest %d ms%n",
          pauses.getCount(),
          pauses.getMin() / 1_000_000,
          pauses.getAverage() / 1e6,
          pauses.getMax() / 1_000_000);
    }
    out.println("  one write, kills included: " + latencies);
    out.printf(
        "  acknowledged writes missing after a switch: %d (durability is %s)%n",
        switches.stream().mapToLong(SwitchReport::lostWrites).sum(), durability);
    out.println("  at the end: " + readBack);
    out.flush();
  }

  private void erase() {
    if (drawnLines > 0) {
      out.print("\u001b[" + drawnLines + "A\u001b[J");
      drawnLines = 0;
    }
  }
}
