package holdfast.health.vote;

import holdfast.backend.model.NodeId;
import org.jspecify.annotations.Nullable;

/** What a voter last heard from another; {@code hello} is null before the first. */
public record PeerView(NodeId id, PeerMessage.@Nullable Hello hello, long heardNanos) {}
