package holdfast.health.vote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import holdfast.health.failover.Attempt;
import holdfast.health.failover.Stage;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Epoch 3 removed v3. V1, which led it, and v3 accepted that; v2 had by then voted in epoch 4 and
 * never can. So v2 has to be elected by those who know more than it does.
 */
class FormerVotersTest {
  private static final long MS = 1_000_000;
  private static final NodeId V2 = new NodeId("v2");

  private final List<VoterEntry> three = Records.of(2, 3).voters();
  private final AcceptedRecord removed = withoutV3(three);

  private AcceptedRecord withoutV3(List<VoterEntry> former) {
    AcceptedRecord r = Records.of(3, 2);
    return new AcceptedRecord(
        r.epoch(),
        r.baseEpoch(),
        r.master(),
        r.masterRunId(),
        r.startOffset(),
        r.replicationIds(),
        r.voters(),
        r.backends(),
        r.adopted(),
        r.replicasRequired(),
        r.leaseNanos(),
        r.engineLeaseNanos(),
        null,
        former);
  }

  private VoterConfig config(int voter) {
    return TestVoters.config(voter, 3, removed.backends());
  }

  private VoterState accepted(int voter, AcceptedRecord record) {
    return TestVoters.accepted(config(voter), record, 0);
  }

  /** This voter's answer to v2. */
  private @Nullable PeerMessage asked(int voter, VoterState state, PeerMessage message) {
    return Voter.step(config(voter), state, 5_000 * MS, new VoterEvent.PeerSaid(V2, message))
        .effects()
        .stream()
        .map(effect -> effect instanceof VoterEffect.Send send ? send.message() : null)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private boolean agrees(int voter, VoterState state) {
    return asked(voter, state, new PeerMessage.PreVoteAsk(1, 4, 2))
            instanceof PeerMessage.PreVoteAnswer answer
        && answer.agreed();
  }

  @Test
  void theRemovedOneVotesAndTellsOfTheRecord() {
    VoterState v3 = accepted(3, removed);
    assertTrue(agrees(3, v3));
    var answer =
        (PeerMessage.VoteAnswer)
            assertNotNullAnd(asked(3, v3, new PeerMessage.VoteAsk(5, true, three)));
    assertTrue(answer.voted());
    assertEquals(removed, answer.record());
  }

  @Test
  void onceNobodyNeedsItTheRemovedOneEncouragesNobody() {
    assertFalse(agrees(3, accepted(3, withoutV3(List.of()))));
  }

  @Test
  void whoStayedVotesForWhoDoesNotKnowOfTheChange() {
    var answer =
        (PeerMessage.VoteAnswer)
            assertNotNullAnd(
                asked(1, accepted(1, removed), new PeerMessage.VoteAsk(5, true, three)));
    assertTrue(answer.voted());
    assertEquals(removed, answer.record());
  }

  @Test
  void nobodyVotesForWhoDoesNotNameIt() {
    List<VoterEntry> others = three.subList(1, 3);
    assertNull(asked(1, accepted(1, removed), new PeerMessage.VoteAsk(5, true, others)));
  }

  @Test
  void aLeaderThatWaitsInVainForItsRecordsMajorityEncouragesOthers() {
    assertFalse(agrees(1, activating(5_001 * MS)), "it may still get it");
    assertTrue(agrees(1, activating(5_000 * MS)));
  }

  private VoterState activating(long deadlineNanos) {
    var attempt =
        new Attempt(
            3,
            three,
            Records.of(2, 3),
            EpochChain.empty(),
            List.of(),
            List.of(),
            null,
            null,
            null,
            0,
            "test",
            null);
    var turn = new Turn(config(1), accepted(1, removed), 0);
    turn.stage = new Stage.Activating(attempt, deadlineNanos, removed, List.of(new NodeId("v1")));
    return turn.step().state();
  }

  private static PeerMessage assertNotNullAnd(@Nullable PeerMessage message) {
    assertNotNull(message);
    return message;
  }
}
