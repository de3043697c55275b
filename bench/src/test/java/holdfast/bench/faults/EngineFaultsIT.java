package holdfast.bench.faults;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every fault before our engine, with two of four replicas in every acknowledgement. */
@Tag("faults")
class EngineFaultsIT extends FaultCases {
  EngineFaultsIT() {
    super(Deployment.Kind.ENGINE, "majority", Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @EnumSource
  void losesNothingAndHasOneMaster(Scenario scenario) throws Exception {
    judge(perform(scenario));
  }
}
