package holdfast.health.vote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a voter does when a holder says that something is amiss. */
class HintTest {
  private static final long MS = 1_000_000;
  private final VoterConfig config = TestVoters.config(1, 1, Records.of(1, 1).backends());
  private final VoterState state =
      VoterState.start(config, Durable.blank(new NodeId("v1"), Records.hex(1)), 0);

  private Voter.Step hinted(NodeAddress backend) {
    return Voter.step(
        config,
        state,
        MS,
        new VoterEvent.HolderAsked(new LeaseRequest.Hint(new NodeId("p1"), backend), 7));
  }

  @Test
  void looksAtTheBackendNowAndTakesNothingForGranted() {
    Voter.Step step = hinted(Records.at(7001));
    assertEquals(
        List.of(
            new VoterEffect.LookNow(Records.at(7001)),
            new VoterEffect.Reply(7, new LeaseReply.Changed(0, null))),
        step.effects());
    assertEquals(state, step.state());
  }

  @Test
  void looksAtNothingThatIsNoBackend() {
    assertEquals(
        List.of(new VoterEffect.Reply(7, new LeaseReply.Changed(0, null))),
        hinted(Records.at(9)).effects());
  }
}
