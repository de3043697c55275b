package holdfast.health.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.Adopted;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Records;
import holdfast.backend.model.Role;
import holdfast.health.failover.Failover.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The leader's way through a planned switchover from A to C. */
class PlannedTest {
  private static final long MS = 1_000_000;
  private static final long LIMIT = 1_000 * MS;
  private static final NodeAddress A = Records.at(7001);
  private static final NodeAddress B = Records.at(7002);
  private static final NodeAddress C = Records.at(7003);

  private AcceptedRecord record = record(0);
  private final EpochChain chain = EpochChain.empty().with(Records.of(1, 3)).with(record);
  private final FailoverConfig config = TestConfigs.of(record.backends());

  private final Set<NodeAddress> usable = new TreeSet<>(List.of(A, B, C));
  private final List<Effect> effects = new ArrayList<>();
  private long nowNanos = 5_000 * MS;
  private Stage stage = new Stage.GivenUp(0, 0, "");

  private static AcceptedRecord record(int replicasRequired) {
    AcceptedRecord at0 = Records.of(2, 3);
    return new AcceptedRecord(
            at0.epoch(),
            at0.baseEpoch(),
            at0.master(),
            at0.masterRunId(),
            at0.startOffset(),
            at0.replicationIds(),
            at0.voters(),
            at0.backends(),
            List.of(),
            replicasRequired,
            at0.leaseNanos(),
            at0.engineLeaseNanos())
        .withAdopted(new Adopted(B, Records.run(20), 2))
        .withAdopted(new Adopted(C, Records.run(30), 2));
  }

  private void stand() {
    var votes =
        List.of(
            new Attempt.Vote(new NodeId("v1"), nowNanos, 2),
            new Attempt.Vote(new NodeId("v2"), nowNanos, 2));
    take(
        Failover.stand(
            config,
            new Attempt(
                3,
                record.voters(),
                record,
                chain,
                votes,
                List.of(),
                null,
                null,
                null,
                nowNanos,
                "planned",
                Planned.of(C, A, LIMIT)),
            nowNanos,
            0));
    advance();
  }

  private void take(Failover.Step step) {
    stage = step.stage();
    for (Effect effect : step.effects()) {
      if (!(effect instanceof Effect.Note)) {
        effects.add(effect);
      }
    }
  }

  private void advance() {
    take(Failover.advance(config, stage, nowNanos, usable::contains));
  }

  private List<Effect> takeEffects() {
    List<Effect> taken = List.copyOf(effects);
    effects.clear();
    return taken;
  }

  /** Planned ones are asked without being cut off from the master. */
  private static Effect consult(NodeAddress backend) {
    return new Effect.Consult(backend, false);
  }

  private void says(NodeAddress backend, NodeInfo info) {
    stage = Failover.consulted(stage, backend, info);
    advance();
  }

  private void masterSays(long offset) {
    says(A, info(2, Role.MASTER, offset));
  }

  private void replicaSays(NodeAddress backend, long run, long offset) {
    says(backend, info(run, Role.REPLICA, offset));
  }

  private static NodeInfo info(long run, Role role, long offset) {
    return new NodeInfo(
        Records.run(run),
        role,
        role == Role.MASTER ? null : A,
        true,
        false,
        false,
        Records.replid(2),
        null,
        -1,
        offset,
        role == Role.MASTER ? -1 : offset,
        1,
        100,
        List.of());
  }

  @Test
  void pausesTheMastersClientsBeforeHeIsAsked() {
    stand();
    List<Effect> first = takeEffects();
    assertEquals(4, first.size());
    assertEquals(A, assertInstanceOf(Effect.Pause.class, first.get(0)).backend());
    assertEquals(consult(A), first.get(1));
  }

  @Test
  void promotesTheWantedOneAsSoonAsItHasAllThatTheMasterHas() {
    stand();
    replicaSays(B, 20, 300);
    masterSays(300);
    takeEffects();
    replicaSays(C, 30, 300);
    assertEquals(List.of(new Effect.Promote(C, false)), takeEffects());
  }

  @Test
  void neitherWaitsForOthersNorTakesOneOfThem() {
    stand();
    masterSays(300);
    takeEffects();
    replicaSays(C, 30, 300);
    assertEquals(List.of(new Effect.Promote(C, false)), takeEffects());
  }

  @Test
  void asksTheWantedOneAgainWhileItIsBehindAndNotInALoop() {
    stand();
    masterSays(300);
    takeEffects();
    for (int i = 0; i < 3; i++) {
      replicaSays(C, 30, 200 + i);
      assertEquals(List.of(consult(C)), takeEffects());
    }
    replicaSays(C, 30, 290);
    assertEquals(List.of(), takeEffects());
    nowNanos += 5 * MS;
    advance();
    assertEquals(List.of(consult(C)), takeEffects());
    replicaSays(C, 30, 300);
    assertEquals(List.of(new Effect.Promote(C, false)), takeEffects());
  }

  @Test
  void waitsForAMomentForReplicasThatWritesWillWaitFor() {
    record = record(1);
    stand();
    masterSays(300);
    replicaSays(C, 30, 300);
    takeEffects();
    advance();
    assertEquals(List.of(), takeEffects());
    replicaSays(B, 20, 290);
    assertEquals(List.of(new Effect.Promote(C, false)), takeEffects());
  }

  @Test
  void aReplicaThatDoesNotAnswerAtOnceIsWaitedForNoLonger() {
    record = record(1);
    stand();
    masterSays(300);
    replicaSays(C, 30, 300);
    takeEffects();
    nowNanos += 20 * MS;
    advance();
    assertEquals(List.of(new Effect.Promote(C, false)), takeEffects());
  }

  @Test
  void aReplicaThatIsGoneIsNotWaitedFor() {
    record = record(1);
    stand();
    usable.remove(B);
    take(Failover.connection(stage, nowNanos, B, false, true));
    takeEffects();
    masterSays(300);
    replicaSays(C, 30, 300);
    assertEquals(List.of(new Effect.Promote(C, false)), takeEffects());
  }

  @Test
  void theMasterGoesOnWhenTheWantedOneDoesNotGetThereInTime() {
    stand();
    masterSays(300);
    replicaSays(C, 30, 299);
    takeEffects();
    nowNanos += LIMIT - 1;
    advance();
    assertEquals(List.of(), takeEffects());
    nowNanos += 1;
    advance();
    assertEquals(List.of(new Effect.Promote(A, true)), takeEffects());
  }

  @Test
  void theMasterGoesOnAtOnceWhenTheWantedOneIsGone() {
    stand();
    masterSays(300);
    usable.remove(C);
    takeEffects();
    take(Failover.connection(stage, nowNanos, C, false, true));
    advance();
    assertEquals(List.of(new Effect.Promote(A, true)), takeEffects());
  }

  @Test
  void aRestartedReplicaIsNotTakenWhateverItSays() {
    stand();
    masterSays(300);
    replicaSays(C, 31, 300);
    nowNanos += LIMIT;
    advance();
    assertTrue(takeEffects().contains(new Effect.Promote(A, true)));
  }

  @Test
  void aMasterThatIsSlowToAnswerIsWaitedForWhileHeCanBeReached() {
    stand();
    replicaSays(B, 20, 280);
    replicaSays(C, 30, 280);
    takeEffects();
    nowNanos += LIMIT - 1;
    advance();
    assertEquals(List.of(), takeEffects());
    masterSays(280);
    assertEquals(List.of(new Effect.Promote(C, false)), takeEffects());
  }

  @Test
  void aMasterThatNeverAnswersIsNotWaitedForLonger() {
    stand();
    nowNanos += LIMIT;
    advance();
    assertNull(assertInstanceOf(Stage.Consulting.class, stage).attempt().planned());
  }

  @Test
  void withoutTheMasterItIsASwitchThatNobodyPlanned() {
    stand();
    replicaSays(B, 20, 280);
    takeEffects();
    nowNanos += 100 * MS;
    usable.remove(A);
    advance();
    advance();
    assertNull(assertInstanceOf(Stage.Consulting.class, stage).attempt().planned());
    assertEquals(List.of(consult(B), consult(C)), takeEffects());
    replicaSays(B, 20, 280);
    replicaSays(C, 30, 270);
    nowNanos += 100 * MS;
    advance();
    assertEquals(List.of(new Effect.Promote(B, false)), takeEffects());
  }

  @Test
  void aMasterThatHasRestartedCountsAsGone() {
    stand();
    takeEffects();
    says(A, info(99, Role.MASTER, 0));
    assertNull(assertInstanceOf(Stage.Consulting.class, stage).attempt().planned());
  }

  /** C is promoted with what was answered before; the record of that. */
  private AcceptedRecord promoted() {
    takeEffects();
    NodeInfo after =
        new NodeInfo(
            Records.run(30),
            Role.MASTER,
            null,
            true,
            false,
            false,
            Records.replid(3),
            Records.replid(2),
            301,
            300,
            -1,
            1,
            100,
            List.of());
    take(Failover.promoted(config, stage, nowNanos, C, after));
    return assertInstanceOf(Effect.Decided.class, takeEffects().getFirst()).record();
  }

  @Test
  void whoAnsweredAndHasNotRestartedCountsInTheNewEpoch() {
    stand();
    masterSays(300);
    replicaSays(B, 20, 290);
    replicaSays(C, 30, 300);
    AcceptedRecord next = promoted();
    assertTrue(next.hasAdopted(A, record.masterRunId()));
    assertTrue(next.hasAdopted(B, Records.run(20)));
  }

  @Test
  void whoRestartedOrDidNotAnswerCountsOnceItIsInStep() {
    stand();
    replicaSays(B, 21, 290);
    masterSays(300);
    replicaSays(C, 30, 300);
    assertEquals(List.of(A), counting(promoted()));
  }

  @Test
  void whoseDataIsOfUnknownHistoryCountsOnceItIsInStep() {
    stand();
    NodeInfo known = info(20, Role.REPLICA, 290);
    says(
        B,
        new NodeInfo(
            known.runId(),
            known.role(),
            A,
            true,
            false,
            false,
            Records.replid(77),
            null,
            -1,
            290,
            290,
            1,
            100,
            List.of()));
    masterSays(300);
    replicaSays(C, 30, 300);
    assertEquals(List.of(A), counting(promoted()));
  }

  private static List<NodeAddress> counting(AcceptedRecord record) {
    return record.backends().stream()
        .map(AcceptedRecord.BackendEntry::address)
        .filter(record::countsTowardsK)
        .toList();
  }
}
