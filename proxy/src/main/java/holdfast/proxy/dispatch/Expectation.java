package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.backend.model.RunId;
import holdfast.routing.plan.Tenure;
import holdfast.routing.plan.View;

/** Whether a node is the one that a new link is meant for. Pure. */
record Expectation(View view) {
  /**
   * Why a link is not used; the reason is empty if it is.
   *
   * @param soon whether that is about to change, so that the node is better asked again than left
   */
  record Verdict(String reason, boolean soon) {
    Verdict(String reason) {
      this(reason, false);
    }

    boolean good() {
      return reason.isEmpty();
    }
  }

  private static final Verdict GOOD = new Verdict("");

  /** The record is in force, so the voters are about to grant it. */
  private static final Verdict NO_LEASE = new Verdict("it holds no lease yet", true);

  Verdict judge(Upstream link, NodeInfo info) {
    Tenure tenure = link.tenure();
    return tenure == null ? judgeReplica(info) : judgeMaster(tenure, info);
  }

  Verdict judgeMaster(Tenure tenure, NodeInfo info) {
    if (tenure != view.tenure()) {
      return new Verdict("it belonged to epoch " + tenure.epoch());
    }
    RunId expected = view.masterRunId();
    if (expected == null) {
      return GOOD; // a lone backend is what it is
    }
    if (!info.runId().equals(expected)) {
      return new Verdict("run id " + info.runId() + ", the record names " + expected);
    }
    if (info.role() != Role.MASTER) {
      return new Verdict("it is a replica");
    }
    NodeInfo.EngineState engine = info.engine();
    return engine == null || engine.mayWrite() ? GOOD : NO_LEASE;
  }

  Verdict judgeReplica(NodeInfo info) {
    if (info.role() != Role.REPLICA) {
      return new Verdict("it is no replica");
    }
    NodeAddress master = view.master();
    if (master != null && !info.isReplicaOf(master)) {
      return new Verdict("it follows " + info.masterAddress());
    }
    if (!info.linkUp() || info.syncing()) {
      return new Verdict("its link to the master is down");
    }
    return GOOD;
  }
}
