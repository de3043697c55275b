package holdfast.bench.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/**
 * One deployment for many scenarios, since its start costs more than any of them. After a failure
 * the next one gets a new deployment.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class FaultCases {
  /** The lease of the defaults, which the deployments keep. */
  private static final Duration LEASE = Duration.ofMillis(500);

  /** What a busy machine adds between an acknowledgement and the client's clock. */
  private static final Duration LATE = Duration.ofMillis(400);

  private final Deployment.Kind kind;
  private final String durability;
  private final Duration length;
  private final List<FaultRun> runs = new ArrayList<>();
  private @Nullable Deployment deployment;

  FaultCases(Deployment.Kind kind, String durability, Duration length) {
    this.kind = kind;
    this.durability = durability;
    this.length = length;
  }

  /** The classes of those who hold a lease. */
  JavaParts holders() throws IOException {
    return JavaParts.asBuilt();
  }

  FaultRun perform(Scenario scenario) throws Exception {
    try {
      Deployment at = deployment;
      if (at == null) {
        at = Deployment.start(kind, durability, holders());
        deployment = at;
      }
      FaultRun run = FaultRun.perform(at, scenario, length);
      System.out.println(run.details());
      runs.add(run);
      return run;
    } catch (Exception | AssertionError e) {
      keepLogs(scenario);
      end();
      throw e;
    }
  }

  /** What is required of every run. */
  void judge(FaultRun run) throws IOException {
    Findings findings = run.findings();
    Supplier<String> details = run::details;
    boolean replicated = !durability.equals("none");
    try {
      assertTrue(findings.acknowledged() > 200, details);
      assertEquals(0, findings.overlapNanos(), details);
      assertEquals(List.of(), findings.neverExecuted(), details);
      assertEquals(List.of(), findings.twice(), details);
      assertEquals(List.of(), findings.late(), details);
      if (run.scenario().isPlanned()) {
        assertEquals(List.of(), findings.lost(), details);
        assertEquals(Map.of(), findings.errors(), details);
      }
      if (replicated) {
        assertEquals(List.of(), findings.lost(), details);
        assertEquals(List.of(), findings.violations(), details);
      } else {
        assertTrue(findings.lostSpanNanos() <= LEASE.plus(LATE).toNanos(), details);
        assertReported(run);
      }
    } catch (AssertionError e) {
      keepLogs(run.scenario());
      throw e;
    }
  }

  /**
   * Nothing disappears without a trace: our engine keeps each write that is taken back, and of
   * redis-server at least so many bytes are reported. Where the old master came back empty, it is
   * said that nobody can know.
   */
  private void assertReported(FaultRun run) {
    Findings findings = run.findings();
    LossReports reports = run.reports();
    if (findings.lost().isEmpty()) {
      return;
    }
    if (run.scenario() == Scenario.KILLED_BACK_EMPTY) {
      assertFalse(reports.bounded(), run::details);
      return;
    }
    assertTrue(reports.covers(findings.lost()), run::details);
    if (kind == Deployment.Kind.ENGINE) {
      assertEquals(List.of(), reports.missing(findings.lost()), run::details);
    }
  }

  private void keepLogs(Scenario scenario) throws IOException {
    Path to = Path.of("target", "faults", getClass().getSimpleName() + "-" + scenario.name());
    Files.createDirectories(to);
    Deployment at = deployment;
    if (at == null) {
      return;
    }
    try (Stream<Path> files = Files.list(at.folder())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @AfterAll
  void tell() throws IOException {
    System.out.println(
        getClass().getSimpleName() + ", durability " + durability + ", faults of " + length);
    System.out.println(FaultRun.HEAD);
    runs.forEach(run -> System.out.println(run.row()));
    end();
  }

  private void end() throws IOException {
    Deployment at = deployment;
    deployment = null;
    if (at != null) {
      at.close();
    }
  }
}
