package holdfast.health.vote;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.health.failover.Change;

/** A change as an operator asks for it. */
public sealed interface ChangeRequest {
  /** One that needs nothing further. */
  record Of(Change change) implements ChangeRequest {}

  /** A voter with a new disk, that has said who it is. */
  record AddVoter(NodeId id, NodeAddress address) implements ChangeRequest {}

  /** One for another, or for itself with a new disk: it is removed, then the other is added. */
  record ReplaceVoter(NodeId old, NodeId id, NodeAddress address) implements ChangeRequest {}
}
