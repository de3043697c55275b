package holdfast.proxy.cli;

import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.NodeAddress;
import holdfast.health.failover.BackendNeeds;
import holdfast.health.runtime.VoterServer;
import holdfast.health.runtime.VoterSettings;
import holdfast.health.runtime.VoterStartException;
import holdfast.proxy.runtime.ProxyServer;
import holdfast.proxy.runtime.ProxySettings;
import holdfast.proxy.runtime.TopologySettings;
import holdfast.routing.command.InDoubtPolicy;
import holdfast.routing.plan.DurabilityRule;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Voters and a proxy in this process, on loopback, before backends that are somewhere else in it or
 * not.
 */
final class VotersAndProxy {
  private static final int PRIORITY = 100;

  private VotersAndProxy() {}

  /** Starts the voters; they find a master by themselves. */
  static void startVoters(
      Lifetime lifetime,
      List<NodeAddress> voters,
      List<NodeAddress> backends,
      List<Path> folders,
      DurabilityRule durability)
      throws IOException {
    for (int i = 0; i < voters.size(); i++) {
      NodeAddress self = voters.get(i);
      var peers = new ArrayList<>(voters);
      peers.remove(self);
      var settings =
          new VoterSettings(
              self,
              self,
              peers,
              backends.stream().map(backend -> new BackendEntry(backend, PRIORITY)).toList(),
              "mymaster",
              folders.get(i),
              voters.size() / 2 + 1,
              durability.replicasOf(backends.size()),
              VoterSettings.Times.STANDARD,
              true, // all of it stands and falls together, also when it holds no data yet
              null,
              null,
              VoterSettings.VoterTls.NONE,
              null,
              BackendNeeds.MinReplicas.AUTO);
      lifetime.add(start(settings));
    }
  }

  /** Starts one voter; what is wrong with its port or folder is the user's to mend. */
  static VoterServer start(VoterSettings settings) throws IOException {
    try {
      return VoterServer.start(settings);
    } catch (VoterStartException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  /** Starts a proxy that asks these voters. */
  static ProxyServer startProxy(
      Lifetime lifetime,
      NodeAddress listen,
      List<NodeAddress> voters,
      InDoubtPolicy inDoubt,
      ReadPolicy reads)
      throws IOException {
    var settings =
        ProxySettings.of(listen, new TopologySettings.Quorum(voters))
            .withInDoubt(inDoubt)
            .withReads(ReadRule.STANDARD.withPolicy(reads));
    return lifetime.add(Listening.start("--port", listen, () -> ProxyServer.start(settings)));
  }
}
