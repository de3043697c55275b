package holdfast.health.runtime;

import holdfast.health.report.Sight;
import holdfast.health.report.SwitchRecord;
import holdfast.health.vote.PeerView;
import holdfast.health.vote.VoterState;
import java.util.LinkedHashMap;
import java.util.Map;

/** Figures of a voter for a monitoring system. */
final class VoterFigures {
  private VoterFigures() {}

  static Map<String, Long> of(VoterLoop voter, Reporter reporter) {
    VoterState state = voter.state();
    long now = voter.nowNanos();
    long peersUp = 0;
    for (PeerView peer : state.peers()) {
      peersUp += Sight.isDown(voter.config().detect(), peer, now) ? 0 : 1;
    }
    long inForce = 0;
    for (SwitchRecord record : reporter.switches().records()) {
      inForce += record.isInForce() ? 1 : 0;
    }
    var figures = new LinkedHashMap<String, Long>();
    figures.put("epoch", state.durable().acceptedEpoch());
    figures.put("voted_epoch", state.durable().votedEpoch());
    figures.put("master_down", Sight.isMasterDown(voter.config(), state, now) ? 1L : 0);
    figures.put("peers_up", peersUp);
    figures.put("holders", (long) state.grants().holders(now));
    figures.put("switches_kept", inForce);
    figures.put("stopped", voter.stopped() ? 1L : 0);
    return figures;
  }
}
