package holdfast.health.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whose votes make a leader, while a change of the voters may or may not be in force. */
class MajoritiesTest {
  private static final AcceptedRecord FIVE = Records.of(2, 5);
  private static final AcceptedRecord FOUR = Records.of(2, 4);

  /** A record of epoch 3 that changed the voters of this one to those of the other. */
  private static AcceptedRecord changed(AcceptedRecord before, AcceptedRecord after) {
    return new AcceptedRecord(
        3,
        2,
        before.master(),
        before.masterRunId(),
        before.startOffset(),
        before.replicationIds(),
        after.voters(),
        before.backends(),
        before.adopted(),
        before.replicasRequired(),
        before.leaseNanos(),
        before.engineLeaseNanos(),
        null,
        before.voters());
  }

  /** The first voter stands with this list and record. */
  private static Attempt standing(List<VoterEntry> asked, @Nullable AcceptedRecord record) {
    long epoch = record == null ? 0 : record.epoch();
    return new Attempt(
        9,
        asked,
        record,
        EpochChain.empty(),
        List.of(new Attempt.Vote(new NodeId("v1"), 0, epoch)),
        List.of(),
        null,
        null,
        null,
        0,
        "test",
        null);
  }

  private static Attempt voted(Attempt attempt, int voter, @Nullable AcceptedRecord record) {
    return attempt.voted(new NodeId("v" + voter), 0, record, EpochChain.empty());
  }

  @Test
  void theFirstLeaderNeedsAllVotes() {
    Attempt attempt = standing(Records.of(1, 3).voters(), null);
    attempt = voted(attempt, 2, null);
    assertFalse(attempt.isElected());
    assertTrue(voted(attempt, 3, null).isElected());
  }

  @Test
  void aMajorityIsEnoughWhereNothingChanged() {
    Attempt attempt = voted(standing(FIVE.voters(), FIVE), 4, FIVE);
    assertFalse(attempt.isElected());
    assertTrue(voted(attempt, 5, null).isElected());
  }

  @Test
  void aChangeThatMayNotBeInForceNeedsBothMajorities() {
    AcceptedRecord grown = changed(FOUR, FIVE);
    Attempt attempt = voted(voted(standing(FIVE.voters(), grown), 5, grown), 2, FOUR);
    assertFalse(attempt.isElected(), "3 of 5, but 2 of the 4 before");
    assertEquals(3, attempt.majorities().needed());
    assertTrue(voted(attempt, 3, FOUR).isElected());
  }

  @Test
  void aChangeThatAMajorityHasAcceptedNeedsNobodyWhoLeft() {
    AcceptedRecord grown = changed(FOUR, FIVE);
    assertTrue(voted(voted(standing(FIVE.voters(), grown), 5, grown), 2, grown).isElected());
    AcceptedRecord one = changed(Records.of(2, 2), Records.of(2, 1));
    assertTrue(standing(one.voters(), one).isElected(), "the other may be gone for good");
  }

  @Test
  void whoLearnsOfTheChangeFromAVoteNeedsTheNewMajority() {
    AcceptedRecord shrunk = changed(FOUR, Records.of(2, 3));
    Attempt attempt = voted(voted(standing(FOUR.voters(), FOUR), 4, FOUR), 2, shrunk);
    assertEquals(shrunk, attempt.base());
    assertTrue(attempt.isElected(), "v1, v2 of the three; v1, v2, v4 of the four before");
    Attempt without = voted(standing(FOUR.voters(), FOUR), 4, shrunk);
    assertFalse(without.isElected(), "v1 of the three");
  }

  @Test
  void aVoterIsCountedAsTheIncarnationThatWasAsked() {
    var asked = new ArrayList<>(FIVE.voters());
    asked.set(4, new VoterEntry(new NodeId("v5"), Records.hex(99), FIVE.voters().get(4).address()));
    Attempt attempt = voted(voted(standing(asked, FIVE), 4, FIVE), 5, FIVE);
    assertFalse(attempt.isElected());
    assertTrue(voted(attempt, 3, FIVE).isElected());
  }

  @Test
  void theNextRecordKeepsThoseBeforeUntilTheChangeIsKnownToBeInForce() {
    AcceptedRecord shrunk = changed(FIVE, FOUR);
    Attempt doubtful = voted(voted(standing(FIVE.voters(), FIVE), 2, shrunk), 3, FIVE);
    Change.Terms kept = doubtful.terms();
    assertEquals(FOUR.voters(), kept.voters());
    assertEquals(FIVE.voters(), kept.formerVoters());
    Change.Terms settled =
        voted(voted(standing(FOUR.voters(), shrunk), 2, shrunk), 3, shrunk).terms();
    assertEquals(List.of(), settled.formerVoters());
  }

  @Test
  void votersAreNotChangedAgainBeforeThat() {
    AcceptedRecord shrunk = changed(FIVE, FOUR);
    var change = new Change.RemoveVoter(new NodeId("v4"));
    Attempt doubtful =
        voted(voted(wanting(standing(FIVE.voters(), FIVE), change), 2, shrunk), 3, FIVE);
    assertEquals(FOUR.voters(), doubtful.terms().voters());
    Attempt settled =
        voted(voted(wanting(standing(FOUR.voters(), shrunk), change), 2, shrunk), 3, shrunk);
    assertEquals(Records.of(2, 3).voters(), settled.terms().voters());
    assertEquals(FOUR.voters(), settled.terms().formerVoters());
  }

  private static Attempt wanting(Attempt a, Change change) {
    return new Attempt(
        a.epoch(),
        a.members(),
        a.base(),
        a.chain(),
        a.votes(),
        a.refused(),
        a.decided(),
        a.avoid(),
        change,
        a.startedNanos(),
        a.reason(),
        a.planned());
  }
}
