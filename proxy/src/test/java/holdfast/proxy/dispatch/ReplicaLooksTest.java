package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ReplicaLooksTest {
  private static final long NOW = Long.MAX_VALUE - 100; // also where the clock wraps around

  private final ReplicaLooks looks = new ReplicaLooks(NOW);

  @Test
  void aNewMasterIsAskedAgainAtOnceWhileHeShowsTooFewOfEnoughReplicas() {
    looks.newMaster(NOW);
    assertTrue(looks.isEager(NOW, true, true));
    assertTrue(looks.isEager(NOW + ReplicaLooks.EAGER_NANOS - 1, true, true));
    assertFalse(looks.isEager(NOW, false, true), "they are online");
    assertFalse(looks.isEager(NOW, true, false), "somebody has to be adopted first");
  }

  @Test
  void heIsNotAskedAgainAtOnceForEver() {
    assertFalse(looks.isEager(NOW, true, true), "nobody is master yet");
    looks.newMaster(NOW);
    assertFalse(looks.isEager(NOW + ReplicaLooks.EAGER_NANOS, true, true));
  }

  @Test
  void aLookIsDueWhileReplicasLackAndElseAfterAPauseThatDependsOnWhatIsKnown() {
    assertTrue(ReplicaLooks.isDue(NOW, true, true, NOW));
    assertFalse(ReplicaLooks.isDue(NOW, false, false, NOW));
    long then = NOW + ReplicaLooks.UNSETTLED_NANOS;
    assertTrue(ReplicaLooks.isDue(then, false, false, NOW));
    assertFalse(ReplicaLooks.isDue(then, false, true, NOW));
    assertTrue(ReplicaLooks.isDue(NOW + ReplicaLooks.SETTLED_NANOS, false, true, NOW));
  }
}
