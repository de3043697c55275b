package holdfast.bench.faults;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Faults of our engine acknowledged by the master alone: what it had not sent on may be lost, for
 * no longer than its lease, and there is one master all the same.
 */
@Tag("faults")
class EngineUnreplicatedFaultsIT extends FaultCases {
  EngineUnreplicatedFaultsIT() {
    super(Deployment.Kind.ENGINE, "none", Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "KILLED_BACK_EMPTY",
        "STOPPED",
        "MASTER_AND_REPLICA_CUT",
        "MASTER_ALONE",
        "SENT_IS_LOST"
      })
  void losesNoMoreThanALeaseAndHasOneMaster(Scenario scenario) throws Exception {
    judge(perform(scenario));
  }
}
