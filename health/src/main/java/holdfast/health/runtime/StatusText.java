package holdfast.health.runtime;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.health.detect.NodeWatch;
import holdfast.health.failover.Stage;
import holdfast.health.report.Sight;
import holdfast.health.vote.PeerView;
import holdfast.health.vote.VoterState;

/** What HOLDFAST STATUS says: {@code key: value} lines for people and scripts. */
final class StatusText {
  private StatusText() {}

  static String of(VoterSettings settings, VoterLoop voter) {
    VoterState state = voter.state();
    long now = voter.nowNanos();
    AcceptedRecord record = state.durable().record();
    var out = new StringBuilder();
    line(out, "voter", settings.announced());
    line(out, "stopped", voter.stopped() ? "yes, its data folder cannot be written" : "no");
    line(out, "epoch", state.durable().acceptedEpoch());
    line(out, "voted-epoch", state.durable().votedEpoch());
    line(out, "master", record == null ? "none" : record.master());
    line(out, "master-run-id", record == null ? "none" : record.masterRunId());
    line(out, "master-down", record == null ? "unknown" : Sight.master(voter.config(), state, now));
    line(out, "stage", stage(state.stage()));
    line(out, "maintenance", maintenance(state));
    line(out, "notice", state.notice().isEmpty() ? "none" : state.notice());
    line(out, "holders", state.grants().holders(now));
    for (NodeWatch watch : state.watches()) {
      line(out, "backend", watch.address() + " " + describe(watch, now));
    }
    for (PeerView peer : state.peers()) {
      line(
          out,
          "peer",
          peer.id()
              + (peer.hello() == null
                  ? " never heard"
                  : " heard "
                      + (now - peer.heardNanos()) / 1_000_000
                      + " ms ago, epoch "
                      + peer.hello().acceptedEpoch()));
    }
    return out.toString();
  }

  static String maintenance(VoterState state) {
    return state.durable().maintenance().on() ? "ON, a master that fails is not replaced" : "off";
  }

  private static String describe(NodeWatch watch, long now) {
    NodeInfo info = watch.info();
    String heard = "heard " + (now - watch.lastValidNanos()) / 1_000_000 + " ms ago";
    if (info == null) {
      return (watch.refused() ? "refused, " : "not connected, ") + heard;
    }
    String role =
        info.role() == Role.MASTER
            ? "master"
            : "replica of " + info.masterAddress() + (info.linkUp() ? " up" : " down");
    return role + ", offset " + info.dataOffset() + ", " + heard;
  }

  private static String stage(Stage stage) {
    return stage.getClass().getSimpleName() + " of epoch " + stage.epoch();
  }

  private static void line(StringBuilder out, String key, Object value) {
    out.append(key).append(": ").append(value).append('\n');
  }
}
