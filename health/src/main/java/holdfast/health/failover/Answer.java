package holdfast.health.failover;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;

/** What a consulted backend said, after earlier leaders' connections to it were killed. */
public record Answer(NodeAddress backend, NodeInfo info) {}
