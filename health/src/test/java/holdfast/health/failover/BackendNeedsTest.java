package holdfast.health.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Records;
import holdfast.backend.model.Role;
import holdfast.backend.model.RunId;
import holdfast.health.failover.BackendNeeds.Change;
import holdfast.health.failover.BackendNeeds.MinReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BackendNeedsTest {
  private static final NodeAddress A = Records.at(7001);
  private static final NodeAddress B = Records.at(7002);

  private final AcceptedRecord record =
      Records.of(3, 3).withAdopted(new AcceptedRecord.Adopted(B, Records.run(21), 3));

  @Test
  void setsAMasterOnlyOnceAnAdoptedReplicaIsOnline() {
    assertEquals(Change.SET, at(MinReplicas.ALWAYS, record, A, master(true), false));
    assertEquals(Change.LEAVE, at(MinReplicas.ALWAYS, record, A, master(false), false));
    assertEquals(Change.LEAVE, at(MinReplicas.ALWAYS, Records.of(3, 3), A, master(true), false));
  }

  @Test
  void keepsItWhenReplicasGoForThatIsWhatItIsFor() {
    assertEquals(Change.LEAVE, at(MinReplicas.ALWAYS, record, A, master(false), true));
  }

  @Test
  void takesItBackFromEverybodyElseAndAtNoDurability() {
    assertEquals(Change.CLEAR, at(MinReplicas.ALWAYS, record, B, replica(), true));
    assertEquals(Change.CLEAR, at(MinReplicas.AUTO, record, A, master(true), true));
    assertEquals(Change.LEAVE, at(MinReplicas.AUTO, record, A, master(true), false));
    NodeInfo restarted = info(Records.run(99), Role.MASTER, true);
    assertEquals(Change.CLEAR, at(MinReplicas.ALWAYS, record, A, restarted, true));
  }

  @Test
  void wantsAsManyReplicasInStepAsAWriteNeeds() {
    AcceptedRecord two = Records.requiring(record, 2);
    assertEquals(Change.LEAVE, at(MinReplicas.AUTO, two, A, master(true), false));
    assertEquals(
        Change.SET, at(MinReplicas.AUTO, Records.requiring(record, 1), A, master(true), false));
  }

  @Test
  void touchesNothingWithoutARecordInForceOrWhereItMayNot() {
    assertEquals(Change.LEAVE, at(MinReplicas.ALWAYS, null, B, replica(), true));
    assertEquals(Change.LEAVE, at(MinReplicas.NEVER, record, B, replica(), true));
  }

  private static Change at(
      MinReplicas policy,
      @Nullable AcceptedRecord record,
      NodeAddress backend,
      NodeInfo info,
      boolean isSet) {
    return BackendNeeds.minReplicas(policy, record, backend, info, isSet);
  }

  private static NodeInfo master(boolean online) {
    return info(Records.run(3), Role.MASTER, online);
  }

  private static NodeInfo replica() {
    return info(Records.run(21), Role.REPLICA, false);
  }

  private static NodeInfo info(RunId runId, Role role, boolean online) {
    return new NodeInfo(
        runId,
        role,
        role == Role.MASTER ? null : A,
        true,
        false,
        false,
        Records.replid(3),
        null,
        -1,
        300,
        role == Role.MASTER ? -1 : 300,
        1,
        100,
        role == Role.MASTER ? List.of(new NodeInfo.Attached(B, online, 300)) : List.of());
  }
}
