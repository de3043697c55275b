package holdfast.bench.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same faults with proxies that do not look at their lease: where a master goes on while
 * another has been made, loss or two masters must show, or the runs with the lease show nothing.
 */
abstract class UnguardedFaultCases extends FaultCases {
  UnguardedFaultCases(Deployment.Kind kind) {
    super(kind, "none", Duration.ofSeconds(5));
  }

  @Override
  void prepare(Deployment started) throws IOException {
    started.replaceProxies(Unguarded.proxies(started.folder().resolve("unguarded")));
  }

  @ParameterizedTest
  @EnumSource(
      names = {"MASTER_AND_REPLICA_CUT", "MASTER_ALONE", "SENT_IS_LOST", "RECEIVED_IS_LOST"})
  void showsTwoMastersAndLoss(Scenario scenario) throws Exception {
    FaultRun run = perform(scenario);
    Findings findings = run.findings();
    assertTrue(findings.overlapNanos() > 0, run::details);
    assertTrue(findings.lostSpanNanos() > Duration.ofSeconds(1).toNanos(), run::details);
  }
}
