package holdfast.bench.faults;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every fault before our engine for as long as those of other stacks that we compare with. */
@Tag("long")
class EngineLongFaultsIT extends FaultCases {
  EngineLongFaultsIT() {
    super(Deployment.Kind.ENGINE, "majority", Duration.ofSeconds(20));
  }

  @ParameterizedTest
  @EnumSource
  void losesNothingAndHasOneMaster(Scenario scenario) throws Exception {
    judge(perform(scenario));
  }
}
