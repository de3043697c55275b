package holdfast.backend.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.lease.LeaseSeeker.Effect;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LeaseSeekerTest {
  private static final NodeId V1 = new NodeId("v1");
  private static final NodeId V2 = new NodeId("v2");
  private static final long LEASE = 500_000_000L;

  private final AcceptedRecord record = Records.of(1, 3);
  private final LeaseSeeker seeker = new LeaseSeeker(LeaseHolder.draining(new NodeId("p1")));

  private List<Effect> granted(NodeId voter, @Nullable AcceptedRecord told) {
    LeaseRequest.Lease request = seeker.holder().request(voter, 0);
    return seeker.answered(voter, new LeaseReply.Granted(request.sequence(), 1, LEASE, 1, told), 0);
  }

  private void hold() {
    seeker.start(true);
    granted(V1, record);
    granted(V2, null);
    assertTrue(seeker.holds(0));
  }

  private static List<? extends Class<?>> kinds(List<Effect> effects) {
    return effects.stream().map(Effect::getClass).toList();
  }

  @Test
  void aNewRecordSaysWhomToTalkToAndThatItsLeaseIsWantedNow() {
    seeker.start(true);
    assertEquals(
        List.of(Effect.Meet.class, Effect.Show.class, Effect.Tell.class, Effect.Hurry.class),
        kinds(granted(V1, record)));
  }

  @Test
  void theVoterThatTellsOfANewEpochIsAskedAtOnceAndOthersWhenTheyAcceptIt() {
    seeker.start(true);
    List<Effect> effects = seeker.answered(V1, new LeaseReply.Changed(1, record), 0);
    assertEquals(new Effect.AskAgain(), effects.getLast());
    assertTrue(effects.contains(new Effect.Hurry()), effects::toString);
  }

  @Test
  void whateverEndsALeaseShowsItBeforeTheVotersAreTold() {
    hold();
    assertEndedFirst(seeker.answered(V1, new LeaseReply.Changed(2, null), 0));
  }

  @Test
  void soDoesAnEpochHeardOfElsewhere() {
    hold();
    assertEndedFirst(seeker.laterEpoch(2));
  }

  @Test
  void soDoesRest() {
    hold();
    assertEndedFirst(seeker.rest());
    assertFalse(seeker.isAsking());
    assertTrue(seeker.rest().isEmpty());
  }

  @Test
  void soDoesTheEnd() {
    hold();
    assertEndedFirst(seeker.end());
    assertFalse(seeker.isRunning());
    assertTrue(seeker.ask(3).isEmpty());
    assertTrue(seeker.answered(V1, new LeaseReply.Changed(4, null), 0).isEmpty());
  }

  @Test
  void soDoesTheEndOfADrainWhichItsLeaseLimits() {
    hold();
    List<Effect> effects = seeker.answered(V1, new LeaseReply.Changed(2, null, true), 0);
    assertTrue(
        effects.contains(new Effect.LimitDrain(1, seeker.holder().heldUntilNanos(1))),
        effects::toString);
    assertTrue(seeker.holds(0));
    assertTrue(seeker.drained(2).isEmpty(), "another epoch's");
    assertEndedFirst(seeker.drained(1));
    assertTrue(seeker.drained(1).isEmpty());
  }

  private void assertEndedFirst(List<Effect> effects) {
    assertEquals(List.of(Effect.Show.class, Effect.Tell.class), kinds(effects));
    var shown = assertInstanceOf(Effect.Show.class, effects.getFirst());
    assertFalse(shown.view().holds(1, 0));
    assertFalse(seeker.holds(0));
  }

  @Test
  void restingItTellsNobodyOfALaterEpochUntilItAsks() {
    seeker.start(false);
    assertFalse(seeker.isAsking());
    assertTrue(seeker.laterEpoch(2).isEmpty());
    assertEquals(List.of(Effect.WatchAll.class, Effect.Hurry.class), kinds(seeker.ask(3)));
    assertEquals(3, seeker.holder().belowEpoch());
    assertEquals(List.of(Effect.Tell.class), kinds(seeker.ask(4)));
  }

  @Test
  void whoJustAcceptedWhatOthersHadToldIsAskedAgain() {
    seeker.start(true);
    granted(V1, record);
    assertTrue(
        seeker.answered(V2, new LeaseReply.Changed(1, record), 0).contains(new Effect.AskAgain()));
  }

  @Test
  void aVoterThatNobodyKnowsTellsButGrantsNothing() {
    seeker.start(true);
    LeaseRequest.Lease request = seeker.holder().request(V1, 0);
    seeker.answered(null, new LeaseReply.Granted(request.sequence(), 1, LEASE, 1, record), 0);
    granted(V2, null);
    assertFalse(seeker.holds(0));
    granted(V1, null);
    assertTrue(seeker.holds(0));
  }
}
