package holdfast.backend.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LeaseHolderTest {
  private static final NodeId V1 = new NodeId("v1");
  private static final NodeId V2 = new NodeId("v2");
  private static final NodeId V3 = new NodeId("v3");
  private static final NodeId STRANGER = new NodeId("v9");
  private static final long LEASE = 500_000_000L;
  private static final long USABLE = 495_000_000L;

  private final LeaseHolder holder = new LeaseHolder(new NodeId("p1"));
  private final AcceptedRecord record = Records.of(1, 3);

  @Test
  void holdsNothingBeforeAMajorityHasGranted() {
    grant(V1, 0, 1, record);
    assertEquals(LeaseHolder.NOT_HELD, holder.heldUntilNanos(1));
    assertFalse(LeaseHolder.runs(holder.heldUntilNanos(1), 0));
  }

  @Test
  void countsFromWhenTheRequestWasSentLessTheMargin() {
    grant(V1, 0, 1, record);
    grant(V2, 10, 1, null);
    assertEquals(USABLE, holder.heldUntilNanos(1));
    assertTrue(LeaseHolder.runs(holder.heldUntilNanos(1), USABLE - 1));
    assertFalse(LeaseHolder.runs(holder.heldUntilNanos(1), USABLE));
  }

  @Test
  void endsWithTheLatestMomentAtWhichAMajorityRuns() {
    grant(V1, 0, 1, record);
    grant(V2, 10, 1, null);
    grant(V3, 20, 1, null);
    assertEquals(10 + USABLE, holder.heldUntilNanos(1));
    grant(V1, 30, 1, null);
    assertEquals(20 + USABLE, holder.heldUntilNanos(1));
  }

  @Test
  void comparesClockReadingsAcrossTheOverflow() {
    long origin = Long.MAX_VALUE - 100;
    grant(V1, origin, 1, record);
    grant(V2, origin + 200, 1, null);
    assertEquals(origin + USABLE, holder.heldUntilNanos(1));
    assertTrue(LeaseHolder.runs(holder.heldUntilNanos(1), origin + 300));
  }

  @Test
  void needsTheRecordThatNamesTheVoters() {
    grant(V1, 0, 1, null);
    grant(V2, 0, 1, null);
    assertEquals(LeaseHolder.NOT_HELD, holder.heldUntilNanos(1));
    grant(V3, 0, 1, record);
    assertEquals(USABLE, holder.heldUntilNanos(1));
  }

  @Test
  void doesNotCountVotersThatTheRecordDoesNotName() {
    grant(V1, 0, 1, record);
    grant(STRANGER, 0, 1, null);
    assertEquals(LeaseHolder.NOT_HELD, holder.heldUntilNanos(1));
  }

  @Test
  void ignoresAnAnswerToNoRequestOfItsOwn() {
    grant(V1, 0, 1, record);
    holder.answered(V2, new LeaseReply.Granted(1, 1, LEASE, 1, null));
    holder.answered(V2, new LeaseReply.Granted(0, 1, LEASE, 1, null));
    holder.answered(V2, new LeaseReply.Granted(-8, 1, LEASE, 1, null));
    assertEquals(LeaseHolder.NOT_HELD, holder.heldUntilNanos(1));
  }

  @Test
  void aLateOrRepeatedAnswerNeitherShortensNorLengthens() {
    var first = holder.request(V1, 0);
    var second = holder.request(V1, 1_000);
    grant(V2, 2_000, 1, record);
    holder.answered(V1, new LeaseReply.Granted(second.sequence(), 1, LEASE, 1, null));
    holder.answered(V1, new LeaseReply.Granted(first.sequence(), 1, LEASE, 1, null));
    holder.answered(V1, new LeaseReply.Granted(second.sequence(), 1, LEASE, 1, null));
    assertEquals(1_000 + USABLE, holder.heldUntilNanos(1));
  }

  @Test
  void givesUpAtOnceAndForGoodWhenToldOfALaterVote() {
    grant(V1, 0, 1, record);
    grant(V2, 0, 1, null);
    var inFlight = holder.request(V3, 0);
    assertTrue(holder.answered(V1, new LeaseReply.Refused(0, "voted", 2, null)));
    assertEquals(new LeaseRequest.GaveUp(holder.id(), 2), holder.gaveUp());
    assertEquals(LeaseHolder.NOT_HELD, holder.heldUntilNanos(1));
    assertFalse(
        holder.answered(V3, new LeaseReply.Granted(inFlight.sequence(), 1, LEASE, 1, null)));
    grant(V1, 1, 1, null);
    grant(V2, 1, 1, null);
    assertEquals(LeaseHolder.NOT_HELD, holder.heldUntilNanos(1));
  }

  @Test
  void givesUpWhenOneVoterGrantsALaterEpoch() {
    grant(V1, 0, 1, record);
    grant(V2, 0, 1, null);
    AcceptedRecord next = Records.of(2, 3);
    grant(V3, 0, 2, next);
    assertEquals(LeaseHolder.NOT_HELD, holder.heldUntilNanos(1));
    assertEquals(LeaseHolder.NOT_HELD, holder.heldUntilNanos(2));
    grant(V1, 5, 2, null);
    assertEquals(USABLE, holder.heldUntilNanos(2));
    assertEquals(next, holder.record());
  }

  @Test
  void doesNotGoBackToAnOlderRecord() {
    grant(V1, 0, 2, Records.of(2, 3));
    grant(V2, 0, 1, record);
    assertEquals(2, holder.belowEpoch());
    assertEquals(Records.of(2, 3), holder.record());
  }

  @Test
  void aSingleVoterIsAMajority() {
    grant(V1, 0, 1, Records.of(1, 1));
    assertEquals(USABLE, holder.heldUntilNanos(1));
  }

  @Test
  void endsAtTheHolderBeforeItEndsAtTheVoterAtAnyAllowedDrift() {
    // The holder's clock runs slow by 1 in 100 against the voter's; no time on the way.
    long holderEnd = LeaseClock.holderEndNanos(0, LEASE);
    long voterEnd = LeaseClock.voterEndNanos(0, LEASE);
    assertTrue(holderEnd * 1.01 < voterEnd);
  }

  // ---- before a planned switchover

  private static LeaseReply planned(long epoch) {
    return new LeaseReply.Changed(epoch, null, true);
  }

  private static LeaseHolder draining() {
    return LeaseHolder.draining(new NodeId("p1"));
  }

  @Test
  void runsItsLeaseDownWhenTheLaterEpochIsPlanned() {
    LeaseHolder drains = draining();
    grant(drains, V1, 0, 1, record);
    grant(drains, V2, 0, 1, null);
    assertFalse(drains.answered(V1, planned(2)));
    assertTrue(drains.isDraining());
    assertEquals(1, drains.belowEpoch());
    assertEquals(USABLE, drains.heldUntilNanos(1));
    assertEquals(2, drains.watch(1, 0).knownVoted(), "the same news is not asked for again");
    assertTrue(drains.drained());
    assertFalse(drains.isDraining());
    assertEquals(LeaseHolder.NOT_HELD, drains.heldUntilNanos(1));
    assertEquals(new LeaseRequest.GaveUp(drains.id(), 2), drains.gaveUp());
    assertFalse(drains.drained());
  }

  @Test
  void noGrantLengthensALeaseThatIsRunDown() {
    LeaseHolder drains = draining();
    grant(drains, V1, 0, 1, record);
    grant(drains, V2, 0, 1, null);
    var inFlight = drains.request(V1, 100);
    drains.answered(V2, planned(2));
    drains.answered(V1, new LeaseReply.Granted(inFlight.sequence(), 1, LEASE, 1, null));
    grant(drains, V3, 200, 1, null);
    grant(drains, V1, 300, 1, null);
    assertEquals(USABLE, drains.heldUntilNanos(1));
  }

  @Test
  void givesUpAtOnceWhenThePlannedEpochIsNotPlannedAfterAllOrALaterOneFollows() {
    LeaseHolder forgotten = draining();
    grant(forgotten, V1, 0, 1, record);
    grant(forgotten, V2, 0, 1, null);
    forgotten.answered(V1, planned(2));
    assertTrue(forgotten.answered(V2, new LeaseReply.Changed(2, null)));
    assertEquals(LeaseHolder.NOT_HELD, forgotten.heldUntilNanos(1));

    LeaseHolder overtaken = draining();
    grant(overtaken, V1, 0, 1, record);
    grant(overtaken, V2, 0, 1, null);
    overtaken.answered(V1, planned(2));
    assertTrue(overtaken.answered(V2, planned(3)));
    assertEquals(3, overtaken.belowEpoch());
    assertEquals(LeaseHolder.NOT_HELD, overtaken.heldUntilNanos(1));
  }

  @Test
  void thePlannedEpochsOwnRecordEndsTheDrain() {
    LeaseHolder drains = draining();
    grant(drains, V1, 0, 1, record);
    grant(drains, V2, 0, 1, null);
    drains.answered(V1, planned(2));
    assertTrue(drains.answered(V1, new LeaseReply.Changed(2, Records.of(2, 3), true)));
    assertFalse(drains.isDraining());
    grant(drains, V1, 5, 2, null);
    grant(drains, V2, 5, 2, null);
    assertEquals(5 + USABLE, drains.heldUntilNanos(2));
  }

  @Test
  void drainsNothingWithoutALeaseAndNothingIfItWasNotMadeForIt() {
    LeaseHolder bare = draining();
    grant(bare, V1, 0, 1, record);
    assertTrue(bare.answered(V1, planned(2)));
    assertFalse(bare.isDraining());

    grant(V1, 0, 1, record);
    grant(V2, 0, 1, null);
    assertTrue(holder.answered(V1, planned(2)));
    assertFalse(holder.isDraining());
    assertEquals(LeaseHolder.NOT_HELD, holder.heldUntilNanos(1));
  }

  private void grant(NodeId voter, long sentNanos, long epoch, @Nullable AcceptedRecord told) {
    grant(holder, voter, sentNanos, epoch, told);
  }

  private static void grant(
      LeaseHolder to, NodeId voter, long sentNanos, long epoch, @Nullable AcceptedRecord told) {
    var request = to.request(voter, sentNanos);
    to.answered(voter, new LeaseReply.Granted(request.sequence(), epoch, LEASE, epoch, told));
  }
}
