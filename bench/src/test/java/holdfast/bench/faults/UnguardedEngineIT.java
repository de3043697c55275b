package holdfast.bench.faults;

import org.junit.jupiter.api.Tag;

@Tag("faults")
class UnguardedEngineIT extends UnguardedFaultCases {
  UnguardedEngineIT() {
    super(Deployment.Kind.ENGINE);
  }
}
