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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import redis.clients.jedis.Jedis;

/** Three real servers, and three voters that decide what the test tells them. */
final class FakeQuorum implements AutoCloseable {
  private final EventLoops loops = EventLoops.start("fake-voters", 1);
  private final List<FakeVoter> voters = new ArrayList<>();
  private final List<RedisServer> servers = new ArrayList<>();
  private final Map<Integer, Integer> relays = new HashMap<>();
  private final int replicasRequired;
  private final Set<Integer> adopted = new LinkedHashSet<>();
  private long epoch;
  private int master;

  FakeQuorum() {
    this(0);
  }

  /** Of which so many replicas must have a write. */
  FakeQuorum(int replicasRequired) {
    this.replicasRequired = replicasRequired;
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
    server(replica).cli("REPLICAOF", "127.0.0.1", Integer.toString(address(master).port()));
  }

  RedisServer server(int index) {
    return servers.get(index);
  }

  /** Where everybody but the test reaches it. */
  NodeAddress address(int index) {
    int port = relays.getOrDefault(index, server(index).port());
    return new NodeAddress("127.0.0.1", port);
  }

  /** Replicas and proxies reach this server by a relay on that port, from the next order on. */
  void reachBy(int index, int port) {
    relays.put(index, port);
  }

  /**
   * This replica has all that its master had when this was called. A link that is up is not enough:
   * after a snapshot the master keeps what comes next until it has seen the snapshot's end.
   */
  void awaitReplica(int index) {
    int port = Integer.parseInt(field(index, "replication", "master_port"));
    int its = 0;
    while (address(its).port() != port) {
      its++;
    }
    long goal = masterOffset(its);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                field(index, "replication", "master_link_status").equals("up")
                    && offset(index) >= goal);
  }

  /** Both replicas have told this master that they have all it has. */
  void awaitAllReported(int newMaster) {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () -> {
              String info = server(newMaster).cli("INFO", "replication");
              String offset =
                  info.split("master_repl_offset:")[1].lines().findFirst().orElseThrow();
              return info.split("offset=" + offset.strip() + ",", -1).length == 3;
            });
  }

  long masterOffset(int newMaster) {
    return Long.parseLong(field(newMaster, "replication", "master_repl_offset"));
  }

  /** How far a replica's data goes. */
  long offset(int replica) {
    return Long.parseLong(field(replica, "replication", "slave_repl_offset"));
  }

  /** A value as a server has it. */
  byte[] valueAt(int index, String key) {
    try (var jedis = new Jedis("127.0.0.1", server(index).port(), 10_000)) {
      return jedis.get(key.getBytes(StandardCharsets.UTF_8));
    }
  }

  TopologySettings topology() {
    return new TopologySettings.Quorum(voters.stream().map(FakeVoter::address).toList());
  }

  /** The voters accept this server as master of the next epoch and grant leases of it. */
  void activate(int newMaster) {
    epoch++;
    master = newMaster;
    adopted.clear();
    accept();
  }

  /** The voters have seen these replicas in step with the master. */
  void adopt(int... replicas) {
    for (int replica : replicas) {
      adopted.add(replica);
    }
    accept();
  }

  /** The voters begin a planned switchover from the present master. */
  void plan() {
    voters.forEach(voter -> voter.votePlanned(epoch + 1));
  }

  private void accept() {
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
            adopted.stream()
                .map(
                    replica ->
                        new AcceptedRecord.Adopted(
                            address(replica), new RunId(field(replica, "server", "run_id")), epoch))
                .toList(),
            replicasRequired,
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

  /** Whether some voter was told that something is amiss with this server. */
  boolean hinted(int server) {
    return voters.stream().anyMatch(voter -> voter.hints.contains(address(server)));
  }

  @Override
  public void close() {
    servers.forEach(RedisServer::close);
    voters.forEach(FakeVoter::close);
    loops.close();
  }
}
