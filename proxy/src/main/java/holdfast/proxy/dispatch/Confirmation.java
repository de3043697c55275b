package holdfast.proxy.dispatch;

import holdfast.backend.model.ReplicationId;
import holdfast.routing.plan.Durability;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Decides, from one INFO of the master after the other, whether what had been answered before a
 * round began is where it must be (PROTOCOL.md, "Durability K").
 *
 * <p>A round begins with a goal: the master's offset in the first INFO that was asked for after the
 * replies had come. It is confirmed when K adopted replicas are online and have acknowledged that
 * offset, in that INFO or a later one, or had done so before. Offsets compare within one
 * replication id only: if it changes, the goal is set anew.
 *
 * <p>Pure but for reading the reply where it lies; reused, one thread, no objects per round.
 */
final class Confirmation {
  /** What a report says of the round under way. */
  enum Answer {
    /** All that was answered before the round began is replicated. */
    CONFIRMED,
    /** Not yet, or not known: ask again. */
    NOT_YET,
    /** No master, or an id that the record does not name: nothing is acknowledged under it. */
    UNUSABLE
  }

  private static final long NONE = -1;

  private final ReplicationReport report = new ReplicationReport();
  private Durability durability = Durability.NONE;
  private @Nullable ReplicationId id;

  /** Everything up to here is replicated, under {@link #id}. */
  private long confirmedOffset = NONE;

  private long goalOffset = NONE;
  private long masterOffset = NONE;
  private boolean lacks = true;

  /** Another master: nothing of the one before counts. */
  void newMaster() {
    id = null;
    confirmedOffset = NONE;
    goalOffset = NONE;
    lacks = true;
  }

  /** What is required, and who counts, from here on. */
  void require(Durability now) {
    durability = now;
    report.counts(now);
  }

  /** A round begins: the next report sets its goal. */
  void begin() {
    goalOffset = NONE;
  }

  /** The reply to {@code INFO replication} that lies there. */
  Answer onInfo(ByteBuf in, int start, int length) {
    report.read(in, start, length);
    if (!report.isUsable()) {
      goalOffset = NONE;
      lacks = true;
      return Answer.UNUSABLE;
    }
    ReplicationId shown = durability.replicationIds().get(report.id());
    if (!shown.equals(id)) {
      id = shown;
      confirmedOffset = NONE;
      goalOffset = NONE;
    }
    lacks = report.online() < durability.replicasRequired();
    confirmedOffset = Math.max(confirmedOffset, report.reachedBy(durability.replicasRequired()));
    masterOffset = report.offset();
    if (goalOffset == NONE) {
      goalOffset = report.offset();
    }
    return confirmedOffset >= goalOffset ? Answer.CONFIRMED : Answer.NOT_YET;
  }

  /** Whether fewer than K adopted replicas are online, as far as is known. */
  boolean lacksReplicas() {
    return lacks;
  }

  /** Whether as many replicas count as are required, online or not. */
  boolean hasEnoughAdopted() {
    return durability.adopted().size() >= durability.replicasRequired();
  }

  /** Whether all that the master had when it was last asked is confirmed. */
  boolean isSettled() {
    return confirmedOffset >= masterOffset;
  }

  /** K. */
  int replicasRequired() {
    return durability.replicasRequired();
  }
}
