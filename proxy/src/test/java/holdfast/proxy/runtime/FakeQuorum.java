package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.model.RunId;
import holdfast.backend.testing.FakeVoter;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.transport.EventLoops;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Three real servers, and three voters that decide what the test tells them. */
final class FakeQuorum implements AutoCloseable {
  private final EventLoops loops = EventLoops.start("fake-voters", 1);
  private final List<FakeVoter> voters = new ArrayList<>();
  private final List<RedisServer> servers = new ArrayList<>();
  private long epoch;

  FakeQuorum() {
    for (int i = 0; i < 3; i++) {
      voters.add(new FakeVoter(loops));
      servers.add(
          RedisServer.start("--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes"));
    }
    follow(0);
  }

  /** The two others follow this one, which becomes master. */
  void follow(int master) {
    server(master).cli("REPLICAOF", "NO", "ONE");
    for (int i = 0; i < 3; i++) {
      if (i != master && server(i).isAlive()) {
        replicate(i, master);
      }
    }
  }

  void replicate(int replica, int master) {
    server(replica).cli("REPLICAOF", "127.0.0.1", Integer.toString(server(master).port()));
  }

  RedisServer server(int index) {
    return servers.get(index);
  }

  NodeAddress address(int index) {
    return new NodeAddress("127.0.0.1", server(index).port());
  }

  void awaitReplica(int index) {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> server(index).cli("INFO", "replication").contains("master_link_status:up"));
  }

  TopologySettings topology() {
    return new TopologySettings.Quorum(voters.stream().map(FakeVoter::address).toList());
  }

  /** The voters accept this server as master of the next epoch and grant leases of it. */
  void activate(int master) {
    epoch++;
    RunId runId = new RunId(field(master, "server", "run_id"));
    var entries = new ArrayList<AcceptedRecord.VoterEntry>();
    for (int i = 0; i < 3; i++) {
      entries.add(
          new AcceptedRecord.VoterEntry(
              new NodeId("voter-" + i), "a".repeat(40), voters.get(i).address()));
    }
    var backends = new ArrayList<AcceptedRecord.BackendEntry>();
    for (int i = 0; i < 3; i++) {
      backends.add(new AcceptedRecord.BackendEntry(address(i), 100));
    }
    var record =
        new AcceptedRecord(
            epoch,
            epoch - 1,
            address(master),
            runId,
            epoch,
            List.of(new ReplicationId(field(master, "replication", "master_replid"))),
            entries,
            backends,
            List.of(),
            0,
            400_000_000,
            200_000_000);
    granting(true);
    voters.forEach(voter -> voter.accept(record));
  }

  private String field(int server, String section, String name) {
    return server(server)
        .cli("INFO", section)
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .findFirst()
        .orElseThrow()
        .substring(name.length() + 1)
        .strip();
  }

  /** Whether leases are granted. */
  void granting(boolean grants) {
    voters.forEach(voter -> voter.granting(grants));
  }

  @Override
  public void close() {
    servers.forEach(RedisServer::close);
    voters.forEach(FakeVoter::close);
    loops.close();
  }
}
