package holdfast.health.vote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import org.junit.jupiter.api.Test;

/** A proxy that is stopped gives its lease up; that is no reason to switch. */
class HolderEndsTest {
  private static final long MS = 1_000_000;
  private static final NodeId V2 = new NodeId("v2");
  private static final NodeId HOLDER = new NodeId("p1");

  private final AcceptedRecord record = Records.of(2, 3);
  private final VoterConfig config = TestVoters.config(1, 3, record.backends());
  private long nowNanos = 1_000 * MS;
  private VoterState state = TestVoters.accepted(config, record, nowNanos);

  private void on(VoterEvent event) {
    Voter.Step step = Voter.step(config, state, nowNanos, event);
    state = step.state();
  }

  private void holds(NodeId holder) {
    on(new VoterEvent.HolderAsked(new LeaseRequest.Lease(holder, 1, 0, 2), 1));
    assertTrue(state.grants().remainingNanos(nowNanos) > 0);
  }

  @Test
  void whoEndsFreesItsGrantAndBeginsNoEpoch() {
    holds(HOLDER);
    on(new VoterEvent.HolderAsked(new LeaseRequest.GaveUp(HOLDER, 3, true), 2));
    assertEquals(0, state.grants().remainingNanos(nowNanos));
    assertEquals(0, state.heardEpoch());
  }

  @Test
  void whoHasHeardOfAnEpochHasVotersFinishIt() {
    holds(HOLDER);
    on(new VoterEvent.HolderAsked(new LeaseRequest.GaveUp(HOLDER, 3), 2));
    assertEquals(0, state.grants().remainingNanos(nowNanos));
    assertEquals(3, state.heardEpoch());
  }
}
