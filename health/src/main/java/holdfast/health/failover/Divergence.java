package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.EpochChain.Position;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import org.jspecify.annotations.Nullable;

/**
 * What a backend has of the replication stream that the master of an epoch lacks: it is lost when
 * the backend is made its replica (PROTOCOL.md, "Divergent tail"). Bytes of the stream, in which
 * heartbeats count too; so none of them need be an acknowledged write.
 *
 * @param bytes the difference, or where {@code exact} is false at most that much
 * @param commonOffset up to where both are the same, -1 if that is not known
 */
public record Divergence(
    long epoch, NodeAddress backend, long bytes, boolean exact, long commonOffset) {
  /** What follows from the backend's INFO before it was made a replica; null if nothing is lost. */
  public static @Nullable Divergence of(
      EpochChain chain, AcceptedRecord record, NodeAddress backend, NodeInfo info) {
    long offset = info.dataOffset();
    Position position = chain.positionOf(info);
    long common = position == null ? -1 : chain.commonOffset(position, record.epoch());
    if (offset < 0 || (common < 0 && info.keys() == 0)) {
      return null; // it is empty, or has nothing certain to lose
    }
    long bytes = common < 0 ? offset : offset - common;
    return bytes <= 0 ? null : new Divergence(record.epoch(), backend, bytes, common >= 0, common);
  }

  @Override
  public String toString() {
    return backend
        + (exact ? " has " : " has at most ")
        + bytes
        + " bytes of the replication stream that the master of epoch "
        + epoch
        + " lacks"
        + (exact ? " (from offset " + (commonOffset + 1) + " on)" : ", its history is not known")
        + ": they are taken back";
  }
}
