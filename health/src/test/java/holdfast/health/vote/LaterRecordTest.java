package holdfast.health.vote;

import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import holdfast.health.failover.Stage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A candidate hears with a vote of a record that it lacks, which names one backend more. */
class LaterRecordTest {
  private static final long MS = 1_000_000;
  private static final long STEP_MILLIS = 10;
  private static final NodeId V2 = new NodeId("v2");
  private static final NodeAddress MASTER = Records.at(7001);
  private static final NodeAddress ADDED = Records.at(7004);

  private final AcceptedRecord own = Records.of(2, 3);
  private final VoterConfig config = TestVoters.config(1, 3, own.backends());
  private long nowNanos = 1_000 * MS;
  private VoterState state = TestVoters.accepted(config, own, nowNanos);
  private final List<VoterEffect> effects = new ArrayList<>();

  private void on(VoterEvent event) {
    Voter.Step step = Voter.step(config, state, nowNanos, event);
    state = step.state();
    effects.addAll(step.effects());
  }

  private void stand() {
    while (!(state.stage() instanceof Stage.Voting)) {
      nowNanos += STEP_MILLIS * MS;
      on(new VoterEvent.BackendRefused(MASTER));
      on(new VoterEvent.Tick(0));
      if (state.preVote() != null) {
        long round = state.preVote().round();
        on(new VoterEvent.PeerSaid(V2, new PeerMessage.PreVoteAnswer(round, true, 2)));
      }
    }
  }

  private static AcceptedRecord withOneMore(AcceptedRecord record) {
    var backends = new ArrayList<>(record.backends());
    backends.add(new BackendEntry(ADDED, 100));
    return new AcceptedRecord(
        record.epoch(),
        record.baseEpoch(),
        record.master(),
        record.masterRunId(),
        record.startOffset(),
        record.replicationIds(),
        record.voters(),
        backends,
        record.adopted(),
        record.replicasRequired(),
        record.leaseNanos(),
        record.engineLeaseNanos());
  }

  @Test
  void itConnectsToThatBackendToo() {
    stand();
    long epoch = state.stage().epoch();
    AcceptedRecord later = withOneMore(Records.of(3, 3));
    EpochChain chain = EpochChain.empty().with(own).with(later);
    on(
        new VoterEvent.PeerSaid(
            V2, new PeerMessage.VoteAnswer(epoch, true, epoch, 0, later, chain)));
    assertTrue(effects.contains(new VoterEffect.OpenLink(epoch, ADDED)), effects::toString);
  }
}
