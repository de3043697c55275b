package holdfast.health.vote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one voter of three does about a dead master while maintenance is on, and what it says. */
class MaintenanceTest {
  private static final long MS = 1_000_000;
  private static final NodeId V2 = new NodeId("v2");
  private static final NodeAddress MASTER = Records.at(7001);

  private final AcceptedRecord record = Records.of(2, 3);
  private final VoterConfig config = TestVoters.config(1, 3, record.backends());
  private long nowNanos = 1_000 * MS;
  private VoterState state = TestVoters.accepted(config, record, nowNanos);
  private final List<VoterEffect> effects = new ArrayList<>();

  private void on(VoterEvent event) {
    Voter.Step step = Voter.step(config, state, nowNanos, event);
    state = step.state();
    effects.addAll(step.effects());
  }

  private void pass(long millis) {
    for (long i = 0; i < millis; i += 50) {
      nowNanos += 50 * MS;
      on(new VoterEvent.BackendRefused(MASTER));
      on(new VoterEvent.Tick(0));
    }
  }

  private boolean asksForPreVotes() {
    return effects.stream()
        .anyMatch(
            effect ->
                effect instanceof VoterEffect.Send send
                    && send.message() instanceof PeerMessage.PreVoteAsk);
  }

  private List<String> warnings() {
    return effects.stream()
        .filter(VoterEffect.Note.class::isInstance)
        .map(VoterEffect.Note.class::cast)
        .filter(VoterEffect.Note::warning)
        .map(VoterEffect.Note::text)
        .toList();
  }

  @Test
  void aDeadMasterIsReplacedAtOnceWithoutIt() {
    pass(500);
    assertTrue(asksForPreVotes());
  }

  @Test
  void aDeadMasterIsNotReplacedWhileItIsOnAndThatIsSaidOnceAndEachMinute() {
    on(new VoterEvent.MaintenanceAsked(true));
    assertTrue(effects.getFirst() instanceof VoterEffect.Persist, "first on disk");
    assertTrue(warnings().getFirst().contains("maintenance begins"));
    effects.clear();
    pass(2_000);
    assertFalse(asksForPreVotes());
    assertEquals(1, warnings().size());
    assertTrue(warnings().getFirst().contains("would be replaced now"), warnings().getFirst());
    effects.clear();
    pass(60_000);
    assertEquals(1, warnings().size());
    assertTrue(warnings().getFirst().contains("maintenance is on"));
    assertFalse(asksForPreVotes());

    on(new VoterEvent.MaintenanceAsked(false));
    assertTrue(warnings().getLast().contains("maintenance ends"));
    pass(500);
    assertTrue(asksForPreVotes());
  }

  @Test
  void nobodyIsEncouragedToStandWhileItIsOn() {
    pass(200);
    effects.clear();
    on(new VoterEvent.PeerSaid(V2, new PeerMessage.PreVoteAsk(9, 2, 2)));
    assertTrue(effects.toString().contains("PreVoteAnswer[round=9, agreed=true"));
    on(new VoterEvent.MaintenanceAsked(true));
    effects.clear();
    on(new VoterEvent.PeerSaid(V2, new PeerMessage.PreVoteAsk(10, 2, 2)));
    assertTrue(effects.toString().contains("PreVoteAnswer[round=10, agreed=false"));
  }

  @Test
  void anUnfinishedEpochIsFinishedAllTheSame() {
    on(new VoterEvent.MaintenanceAsked(true));
    on(new VoterEvent.PeerSaid(V2, new PeerMessage.VoteAsk(3, true, record.voters())));
    effects.clear();
    pass(3_000);
    assertTrue(asksForPreVotes());
  }

  @Test
  void theLatestWordSpreadsWithHellosAndOnWinsATie() {
    on(new VoterEvent.MaintenanceAsked(true));
    hello(new Maintenance(1, false));
    assertTrue(state.durable().maintenance().on());
    hello(new Maintenance(2, false));
    assertFalse(state.durable().maintenance().on());
    hello(new Maintenance(2, true));
    assertTrue(state.durable().maintenance().on());
    hello(Maintenance.NONE);
    assertEquals(new Maintenance(2, true), state.durable().maintenance());
  }

  private void hello(Maintenance maintenance) {
    on(
        new VoterEvent.PeerSaid(
            V2,
            new PeerMessage.Hello(Records.hex(2), false, 2, 2, record.fingerprint(), maintenance)));
  }
}
