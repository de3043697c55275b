package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a stock Redis must be set to (PROTOCOL.md, "Stock Redis: hazards and answers"). Set while it
 * runs and never written to its configuration file: CONFIG REWRITE would drop the line that starts
 * it fenced. Pure.
 */
public final class BackendNeeds {
  /**
   * A setting that suits a backend in any role and epoch.
   *
   * @param weakened what is not given where it cannot be set
   */
  public record Setting(String name, String value, String weakened) {}

  /** For every backend, whenever it is connected to. */
  public static final List<Setting> ALWAYS =
      List.of(
          new Setting(
              "repl-diskless-load",
              "disabled",
              "a full copy that fails half-way can leave it without data"),
          new Setting(
              "replica-serve-stale-data",
              "no",
              "asked directly while its link is down, it shows old data, or none"),
          new Setting(
              "repl-backlog-ttl",
              "0",
              "without replicas it forgets its history after a while, and with it whose data is a"
                  + " beginning of its own"));

  /** The lag of a replica beyond which a master does not count it, in seconds. */
  public static final int MAX_LAG_SECONDS = 3;

  /** Whether a master is set to refuse writes when no replica follows it any more. */
  public enum MinReplicas {
    /** Where K is 1 or more. */
    AUTO,
    /** At any K. */
    ALWAYS,
    /** It is not touched. */
    NEVER
  }

  /** What to do about it at one backend. */
  public enum Change {
    /** Set it. */
    SET,
    /** Take it back. */
    CLEAR,
    /** Leave it. */
    LEAVE
  }

  private BackendNeeds() {}

  /**
   * Whether {@code min-replicas-to-write} has to be changed at a backend. It is taken back wherever
   * it is not wanted: a replica that is promoted with it would refuse writes until others follow
   * it.
   *
   * @param record null, or not in force for this voter: nothing is touched
   * @param isSet whether the backend has it now, by its INFO
   */
  public static Change minReplicas(
      MinReplicas policy,
      @Nullable AcceptedRecord record,
      NodeAddress backend,
      NodeInfo info,
      boolean isSet) {
    if (policy == MinReplicas.NEVER || record == null) {
      return Change.LEAVE;
    }
    boolean master =
        backend.equals(record.master())
            && info.role() == Role.MASTER
            && info.runId().equals(record.masterRunId());
    boolean wanted = master && (policy == MinReplicas.ALWAYS || record.replicasRequired() >= 1);
    if (!wanted) {
      return isSet ? Change.CLEAR : Change.LEAVE;
    }
    // Once set it stays though replicas go: that is what it is for.
    return !isSet && adoptedOnline(record, info) >= Math.max(1, record.replicasRequired())
        ? Change.SET
        : Change.LEAVE;
  }

  private static int adoptedOnline(AcceptedRecord record, NodeInfo master) {
    int count = 0;
    for (NodeInfo.Attached replica : master.replicas()) {
      boolean adopted = false;
      for (AcceptedRecord.Adopted entry : record.adopted()) {
        adopted |= entry.epoch() == record.epoch() && entry.address().equals(replica.address());
      }
      count += adopted && replica.online() ? 1 : 0;
    }
    return count;
  }
}
