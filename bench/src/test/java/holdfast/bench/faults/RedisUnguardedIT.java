package holdfast.bench.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same faults of redis-server with proxies that do not look at their lease: where a master goes
 * on while another has been made, both loss and two masters must show, or the runs with the lease
 * show nothing.
 */
@Tag("faults")
class RedisUnguardedIT extends FaultCases {
  RedisUnguardedIT() {
    super(Deployment.Kind.REDIS, "none", Duration.ofSeconds(5));
  }

  @Override
  JavaParts holders() throws IOException {
    return Unguarded.holders();
  }

  @ParameterizedTest
  @EnumSource(
      names = {"MASTER_AND_REPLICA_CUT", "MASTER_ALONE", "SENT_IS_LOST", "RECEIVED_IS_LOST"})
  void showsTwoMastersAndLoss(Scenario scenario) throws Exception {
    Findings findings = perform(scenario).findings();
    assertTrue(findings.overlapNanos() > 0, "no two masters were seen");
    assertTrue(findings.lostSpanNanos() > Duration.ofSeconds(1).toNanos(), "nothing was lost");
  }
}
