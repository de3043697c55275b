package holdfast.health.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Records;
import holdfast.backend.model.Role;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All backends have restarted: what the record says of them. */
class ColdStartTest {
  private static final long MS = 1_000_000;
  private static final NodeAddress A = Records.at(7001);
  private static final NodeAddress B = Records.at(7002);
  private static final NodeAddress C = Records.at(7003);

  private final AcceptedRecord record = Records.of(2, 3);
  private final EpochChain chain = EpochChain.empty().with(Records.of(1, 3)).with(record);
  private final FailoverConfig config = TestConfigs.of(record.backends());

  private static NodeInfo restarted(long run, Role role, long id, long second, long offset) {
    return new NodeInfo(
        Records.run(run),
        role,
        role == Role.MASTER ? null : Records.at(1),
        false,
        false,
        false,
        Records.replid(id),
        second == 0 ? null : Records.replid(second),
        second == 0 ? -1 : offset + 1,
        offset,
        role == Role.MASTER ? -1 : offset,
        1,
        100,
        List.of());
  }

  /** The record after C, that stood at 300, was promoted with these answers. */
  private AcceptedRecord promoted(List<Answer> answers) {
    var attempt =
        new Attempt(
            3,
            record.voters(),
            record,
            chain,
            List.of(),
            List.of(),
            null,
            null,
            null,
            0,
            "test",
            null);
    var choice = new Choice.Promote(answers.getLast(), false, 2, -1);
    var step =
        Failover.promoted(
            config,
            new Stage.Promoting(attempt, 500 * MS, choice, answers),
            0,
            C,
            restarted(33, Role.MASTER, 3, 2, 300));
    return assertInstanceOf(Failover.Effect.Decided.class, step.effects().getFirst()).record();
  }

  private static Answer answer(NodeAddress backend, long run, long offset) {
    return new Answer(backend, restarted(run, Role.REPLICA, 2, 0, offset));
  }

  @Test
  void whoeverRunsIsKnownFromNowOnSoThatAFurtherEpochNeedsNoOperator() {
    List<Answer> answers = List.of(answer(A, 11, 100), answer(B, 22, 200), answer(C, 33, 300));
    AcceptedRecord next = promoted(answers);
    assertTrue(next.knowsProcess(A, Records.run(11)));
    assertTrue(next.knowsProcess(B, Records.run(22)));
    assertEquals(0, next.countingTowardsK(), "nobody is in step yet");
    Choice again =
        new Successor(next, next.backends(), chain.with(next), false)
            .choose(
                List.of(
                    answers.get(0),
                    answers.get(1),
                    new Answer(C, restarted(33, Role.MASTER, 3, 2, 300))),
                true);
    assertEquals(C, assertInstanceOf(Choice.Promote.class, again).backend());
  }

  @Test
  void whoRestartedWhileOthersDidNotIsNot() {
    AcceptedRecord next =
        promoted(List.of(answer(B, 22, 200), new Answer(A, master()), answer(C, 33, 300)));
    assertFalse(next.knowsProcess(B, Records.run(22)));
  }

  /** C counted before the change and may be running: the others restarted, it has not answered. */
  @Test
  void whoCountedBeforeAnUnsettledChangeIsWaitedForToo() {
    var counting = new ArrayList<>(record.backends());
    counting.set(2, new AcceptedRecord.BackendEntry(C, 0));
    var changed =
        new AcceptedRecord(
            record.epoch(),
            record.baseEpoch(),
            record.master(),
            record.masterRunId(),
            record.startOffset(),
            record.replicationIds(),
            record.voters(),
            counting,
            List.of(),
            1,
            record.leaseNanos(),
            record.engineLeaseNanos(),
            new AcceptedRecord.Former(2, record.backends(), 1),
            List.of());
    var successor = new Successor(changed, changed.backends(), chain, false);
    List<Answer> others = List.of(answer(A, 11, 100), answer(B, 22, 200));
    assertInstanceOf(Choice.Wait.class, successor.choose(others, true));
    var settled =
        new AcceptedRecord(
            changed.epoch(),
            changed.baseEpoch(),
            changed.master(),
            changed.masterRunId(),
            changed.startOffset(),
            changed.replicationIds(),
            changed.voters(),
            counting,
            List.of(),
            1,
            changed.leaseNanos(),
            changed.engineLeaseNanos());
    Choice choice = new Successor(settled, counting, chain, false).choose(others, true);
    assertEquals(B, assertInstanceOf(Choice.Promote.class, choice).backend());
  }

  private NodeInfo master() {
    NodeInfo info = restarted(0, Role.MASTER, 2, 0, 300);
    return new NodeInfo(
        record.masterRunId(),
        info.role(),
        null,
        true,
        false,
        false,
        info.replicationId(),
        null,
        -1,
        300,
        -1,
        1,
        100,
        List.of());
  }
}
