package holdfast.bench.faults;

import org.junit.jupiter.api.Tag;

@Tag("faults")
class UnguardedRedisIT extends UnguardedFaultCases {
  UnguardedRedisIT() {
    super(Deployment.Kind.REDIS);
  }
}
