package holdfast.bench.faults;

import holdfast.bench.history.Operation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * One scenario on a deployment that is in step before and after, under load.
 *
 * @param inStepNanos from the mending to when everybody was in step
 * @param switches epochs that it took
 * @param reports what Holdfast says of the loss
 */
record FaultRun(
    Scenario scenario,
    Deployment.Kind kind,
    String durability,
    Findings findings,
    long inStepNanos,
    long switches,
    LossReports reports) {
  private static final Duration BEFORE = Duration.ofMillis(1500);
  private static final Duration AFTER = Duration.ofMillis(1000);
  private static final Duration SAME_DATA = Duration.ofSeconds(15);
  private static final String ROW =
      "| %s | %d | %d | %d | %d | %d | %d / %d | %d | %d | %.1f | %s |";

  /** The table's head. */
  static final String HEAD =
      "| scenario | acknowledged | lost | errors | of these unknown | never | gap ms, median / max"
          + " client | two masters ms | switches | in step after s | linearizable |\n"
          + "|---|---|---|---|---|---|---|---|---|---|---|";

  static FaultRun perform(Deployment at, Scenario scenario, Duration length) throws Exception {
    Harmony before = Harmony.await(at, Scenario.HEALTHY_AGAIN);
    at.load().begin("run" + System.nanoTime());
    Thread.sleep(BEFORE);
    long inStep;
    Harmony after;
    List<Seen> seen;
    try {
      scenario.happen(at, before.master(), length);
      long mended = System.nanoTime();
      at.heal();
      after = Harmony.await(at, Scenario.HEALTHY_AGAIN);
      inStep = System.nanoTime() - mended;
      Thread.sleep(AFTER);
    } finally {
      at.heal();
      seen = at.load().finish();
    }
    // The switch may have gone on behind the last look.
    after = Harmony.await(at, Scenario.HEALTHY_AGAIN);
    FinalData data = FinalData.of(at, after.master(), seen, SAME_DATA);
    var run =
        new FaultRun(
            scenario,
            at.kind(),
            at.durability(),
            Findings.of(seen, data),
            inStep,
            after.epoch() - before.epoch(),
            LossReports.of(at, before.epoch()));
    keep(at, run, seen);
    return run;
  }

  /** What clients saw stays for whoever wants to look. */
  private static void keep(Deployment at, FaultRun run, List<Seen> seen) throws Exception {
    Path file = at.folder().resolve("history-" + run.scenario.name());
    Files.write(file, Stream.concat(seen.stream().map(Seen::line), Stream.of("")).toList());
  }

  /** A row of the table. */
  String row() {
    int errors = findings.errors().values().stream().mapToInt(Integer::intValue).sum();
    return ROW.formatted(
        scenario,
        findings.acknowledged(),
        findings.lost().size(),
        errors,
        findings.unknown(),
        findings.never(),
        findings.gapMedianNanos() / 1_000_000,
        findings.gapMaxNanos() / 1_000_000,
        findings.overlapNanos() / 1_000_000,
        switches,
        inStepNanos / 1e9,
        findings.violations().isEmpty() ? "yes" : findings.violations().size() + " keys are not");
  }

  /** What a reader of the log may want to know besides. */
  String details() {
    var text = new StringBuilder(kind + ", durability " + durability + ": " + scenario + "\n");
    findings
        .errors()
        .forEach(
            (error, count) ->
                text.append("  ").append(count).append(" x ").append(error).append('\n'));
    if (!findings.lost().isEmpty()) {
      text.append("  lost within ").append(findings.lostSpanNanos() / 1_000_000).append(" ms\n");
      text.append("  reported: ")
          .append(reports.bytes())
          .append(reports.bounded() ? " bytes" : " bytes at least")
          .append(", of ")
          .append(findings.lost().size())
          .append(" lost writes not in a rollback file: ")
          .append(reports.missing(findings.lost()).size())
          .append('\n');
      long origin = findings.lost().getFirst().invokedNanos();
      for (Operation lost : findings.lost().subList(0, Math.min(5, findings.lost().size()))) {
        text.append("  lost ").append(lost.describe(origin)).append('\n');
      }
    }
    findings.violations().stream()
        .limit(3)
        .forEach(each -> text.append("  ").append(each).append('\n'));
    if (!findings.late().isEmpty()) {
      text.append("  took effect late: ").append(findings.late()).append('\n');
    }
    return text.toString();
  }
}
