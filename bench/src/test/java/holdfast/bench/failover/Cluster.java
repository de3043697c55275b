package holdfast.bench.failover;

import static org.awaitility.Awaitility.await;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import holdfast.health.runtime.VoterServer;
import holdfast.health.runtime.VoterSettings;
import holdfast.proxy.runtime.ProxyServer;
import holdfast.proxy.runtime.ProxySettings;
import holdfast.proxy.runtime.TopologySettings;
import holdfast.routing.command.InDoubtPolicy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Three real Redis servers that start fenced, three voters, and proxies in this process. */
final class Cluster implements AutoCloseable {
  private static final Duration SWITCH_MAX = Duration.ofSeconds(20);

  private final List<RedisServer> servers = new ArrayList<>();
  private final List<NodeAddress> addresses = new ArrayList<>();
  private final List<VoterServer> voters = new ArrayList<>();
  private final List<ProxyServer> proxies = new ArrayList<>();

  /**
   * Starts servers and voters; there is a master when this returns.
   *
   * @param folder for what the voters keep
   * @param replicasRequired K
   */
  Cluster(Path folder, int replicasRequired) throws IOException {
    for (int i = 0; i < 3; i++) {
      servers.add(
          RedisServer.start("--replicaof", "127.0.0.1 1", "--repl-diskless-sync-delay", "0"));
    }
    List<NodeAddress> backends =
        servers.stream().map(s -> new NodeAddress("127.0.0.1", s.port())).toList();
    for (int i = 0; i < 3; i++) {
      addresses.add(new NodeAddress("127.0.0.1", RedisServer.freePort()));
    }
    for (NodeAddress address : addresses) {
      var peers = new ArrayList<>(addresses);
      peers.remove(address);
      Path data = Files.createDirectory(folder.resolve("voter-" + address.port()));
      voters.add(
          VoterServer.start(
              VoterSettings.of(address, peers, backends, data)
                  .withReplicasRequired(replicasRequired)));
    }
    awaitEpoch(1);
  }

  /** Starts a proxy with this policy; the port that it listens on. */
  int startProxy(InDoubtPolicy inDoubt) throws IOException {
    ProxyServer proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, new TopologySettings.Quorum(addresses))
                .withInDoubt(inDoubt));
    proxies.add(proxy);
    return proxy.address().getPort();
  }

  /** Where the voters listen. */
  List<NodeAddress> voters() {
    return List.copyOf(addresses);
  }

  /** Waits until all voters have accepted this epoch or a later one; what they accepted. */
  AcceptedRecord awaitEpoch(long epoch) {
    await()
        .atMost(SWITCH_MAX)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> voters.stream().allMatch(voter -> hasAccepted(voter, epoch)));
    AcceptedRecord record = voters.getFirst().record();
    if (record == null) {
      throw new IllegalStateException("a record has gone");
    }
    return record;
  }

  private static boolean hasAccepted(VoterServer voter, long epoch) {
    AcceptedRecord record = voter.record();
    return record != null && record.epoch() >= epoch;
  }

  AcceptedRecord record() {
    return awaitEpoch(1);
  }

  /** The present master. */
  RedisServer master() {
    int port = record().master().port();
    return servers.stream().filter(s -> s.port() == port).findFirst().orElseThrow();
  }

  /** Has the voters hand the master's place over; false if they did not. */
  boolean switchOver() {
    NodeAddress voter = addresses.getFirst();
    try (var wire = new Wire(new InetSocketAddress(voter.host(), voter.port()))) {
      return !wire.text("HOLDFAST", "FAILOVER", "WITHIN", "2000").startsWith("-");
    }
  }

  /** Waits until this server follows the master. */
  void awaitReplica(RedisServer server) {
    await().atMost(SWITCH_MAX).until(() -> follows(server));
  }

  /** Waits until all servers but the master follow it, and the voters have seen both in step. */
  void awaitAllFollow() {
    await()
        .atMost(SWITCH_MAX)
        .until(
            () ->
                adopted() == servers.size() - 1
                    && servers.stream().allMatch(s -> s == master() || follows(s)));
  }

  private long adopted() {
    AcceptedRecord record = record();
    return record.adopted().stream()
        .filter(each -> each.epoch() == record.epoch())
        .filter(each -> !each.address().equals(record.master()))
        .count();
  }

  private boolean follows(RedisServer server) {
    String info = server.cli("INFO", "replication");
    return info.contains("role:slave")
        && info.contains("master_port:" + record().master().port())
        && info.contains("master_link_status:up");
  }

  @Override
  public void close() {
    proxies.forEach(ProxyServer::close);
    voters.forEach(VoterServer::close);
    servers.forEach(RedisServer::close);
  }
}
