package holdfast.health.runtime;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.health.detect.ClockSpread;
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
    if (record != null) {
      line(out, "replicas-required", record.replicasRequired());
      line(out, "replicas-adopted", adopted(state, record));
    }
    line(out, "stage", stage(state.stage()));
    line(out, "maintenance", maintenance(state));
    line(out, "notice", state.notice().isEmpty() ? "none" : state.notice());
    line(out, "holders", state.grants().holders(now));
    for (NodeWatch watch : state.watches()) {
      line(out, "backend", watch.address() + " " + describe(watch, now));
      line(
          out,
          "start-seen",
          watch.address()
              + " "
              + voter.startSeen(watch.address()).name().toLowerCase(java.util.Locale.ROOT));
      voter
          .weakened(watch.address())
          .forEach((need, why) -> line(out, "weakened", watch.address() + " " + need + ": " + why));
    }
    ClockSpread.Apart apart = voter.clocks().tooFar();
    line(
        out,
        "clocks",
        apart == null
            ? "together"
            : apart.behind() + " is " + apart.nanos() / 1_000_000 + " ms behind " + apart.ahead());
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

  /** Replicas seen in step with this epoch's master that follow it now. */
  private static int adopted(VoterState state, AcceptedRecord record) {
    int count = 0;
    for (AcceptedRecord.Adopted entry : record.adopted()) {
      NodeWatch watch = state.watch(entry.address());
      NodeInfo info = watch == null ? null : watch.info();
      count +=
          entry.epoch() == record.epoch()
                  && info != null
                  && info.runId().equals(entry.runId())
                  && info.isReplicaOf(record.master())
                  && info.linkUp()
              ? 1
              : 0;
    }
    return count;
  }

  private static String describe(NodeWatch watch, long now) {
    NodeInfo info = watch.info();
    String heard = "heard " + (now - watch.lastValidNanos()) / 1_000_000 + " ms ago";
    if (info == null) {
      return (watch.isRefused() ? "refused, " : "not connected, ") + heard;
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
