package holdfast.health.vote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import holdfast.health.failover.Stage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One voter of three, that has stood in vain again and again, is told an operator's word. */
class DecideTest {
  private static final long MS = 1_000_000;
  private static final long STEP_MILLIS = 10;
  private static final NodeId V2 = new NodeId("v2");
  private static final NodeAddress MASTER = Records.at(7001);
  private static final NodeAddress CHOSEN = Records.at(7002);

  /** The longest of the delays that it draws. */
  private static final int LATE = VoterEvent.RANDOM_BOUND - 1;

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

  private void pass() {
    nowNanos += STEP_MILLIS * MS;
    on(new VoterEvent.BackendRefused(MASTER));
    on(new VoterEvent.Tick(LATE));
  }

  /** It is encouraged each time, and nobody votes for it. */
  private void fail(int times) {
    while (state.failures() < times) {
      step();
    }
    effects.clear();
  }

  private void step() {
    effects.clear();
    pass();
    for (VoterEffect effect : List.copyOf(effects)) {
      if (effect instanceof VoterEffect.Send send
          && send.to().equals(V2)
          && send.message() instanceof PeerMessage.PreVoteAsk ask) {
        on(
            new VoterEvent.PeerSaid(
                V2, new PeerMessage.PreVoteAnswer(ask.round(), true, ask.votedEpoch())));
      }
    }
  }

  private boolean asksForPreVotesWithin(long millis) {
    for (long passed = 0; passed < millis; passed += STEP_MILLIS) {
      pass();
    }
    return effects.stream()
        .anyMatch(
            effect ->
                effect instanceof VoterEffect.Send send
                    && send.message() instanceof PeerMessage.PreVoteAsk);
  }

  @Test
  void itStandsLaterAndLaterWithoutIt() {
    fail(5);
    assertFalse(asksForPreVotesWithin(1_000));
  }

  @Test
  void itStandsAtOnceForIt() {
    fail(5);
    on(new VoterEvent.OperatorDecided(CHOSEN));
    assertEquals(0, state.failures());
    assertTrue(asksForPreVotesWithin(100));
  }

  @Test
  void aDelayDrawnBeforeItIsForgotten() {
    fail(5);
    pass();
    assertTrue(state.standing());
    on(new VoterEvent.OperatorDecided(CHOSEN));
    assertTrue(asksForPreVotesWithin(100));
  }

  @Test
  void aCandidateGoesByItInTheEpochInWhichItStands() {
    while (!(state.stage() instanceof Stage.Voting)) {
      step();
    }
    on(new VoterEvent.OperatorDecided(CHOSEN));
    assertEquals(CHOSEN, assertInstanceOf(Stage.Voting.class, state.stage()).attempt().decided());
  }
}
