package holdfast.bench.faults;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every fault before redis-server. */
@Tag("faults")
class RedisFaultsIT extends FaultCases {
  RedisFaultsIT() {
    super(Deployment.Kind.REDIS, "none", Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @EnumSource
  void keepsItsPromises(Scenario scenario) throws Exception {
    judge(perform(scenario));
  }
}
