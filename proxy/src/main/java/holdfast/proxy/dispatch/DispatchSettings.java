package holdfast.proxy.dispatch;

import holdfast.backend.transport.SocketOptions;
import holdfast.proxy.hold.HoldLimits;
import holdfast.proxy.session.ClientLimits;
import holdfast.routing.command.InDoubtPolicy;
import holdfast.routing.read.ReadRule;
import holdfast.routing.read.ReadSettings;
import org.jspecify.annotations.Nullable;

/**
 * What the loops are told.
 *
 * @param password what clients must show, null for nothing
 * @param backendUsers clients log in at the backends, and have the rights of their user there
 * @param backendUser shown to backends, null for the default user
 * @param backendPassword shown to backends, null for nothing
 * @param linkName what our connections are called at the backends
 * @param socket how our connections to backends behave
 * @param singleBackend nobody can be promoted: a refusal is waited out only where it passes by
 *     itself
 * @param widestReads a replica that is older than this allows is of no use to any rule that is
 *     configured
 * @param readCommitted reads at the master wait for their confirmation as writes do
 * @param bufferBytesMax what one loop may have in buffers before clients are not read from
 */
public record DispatchSettings(
    @Nullable String password,
    boolean backendUsers,
    @Nullable String backendUser,
    @Nullable String backendPassword,
    String linkName,
    SocketOptions socket,
    boolean singleBackend,
    ReadSettings reads,
    ReadRule widestReads,
    InDoubtPolicy inDoubt,
    boolean readCommitted,
    HoldLimits hold,
    ClientLimits clients,
    long bufferBytesMax) {
  @Override
  public String toString() {
    return "DispatchSettings[" + linkName + ", " + reads + ", " + inDoubt + "]";
  }
}
