package holdfast.backend.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NodeInfoTest {
  private static final String MASTER =
      String.join(
          "\r\n",
          "# Server",
          "redis_version:7.0.15",
          "run_id:" + Records.hex(7),
          "loading:0",
          "# Replication",
          "role:master",
          "connected_slaves:1",
          "slave0:ip=127.0.0.1,port=7002,state=online,offset=14,lag=0",
          "master_replid:" + Records.hex(8),
          "master_replid2:" + "0".repeat(40),
          "master_repl_offset:28",
          "second_repl_offset:-1",
          "# Keyspace",
          "db0:keys=3,expires=0,avg_ttl=0",
          "db7:keys=2,expires=1,avg_ttl=5",
          "");

  private static final String REPLICA =
      String.join(
          "\r\n",
          "run_id:" + Records.hex(9),
          "role:slave",
          "master_host:127.0.0.1",
          "master_port:7001",
          "master_link_status:up",
          "master_sync_in_progress:0",
          "slave_read_repl_offset:28",
          "slave_repl_offset:28",
          "slave_priority:50",
          "master_replid:" + Records.hex(8),
          "master_replid2:" + Records.hex(5),
          "master_repl_offset:28",
          "second_repl_offset:15",
          "");

  @Test
  void knowsAnEngineOfOurs() {
    assertNull(NodeInfo.parse(MASTER).engine());
    assertFalse(NodeInfo.parse(MASTER).isEngine());
    String engine = MASTER + "# Holdfast\r\nholdfast_version:1\r\nholdfast_epoch:4\r\n";
    assertEquals(new NodeInfo.EngineState(4, null, true), NodeInfo.parse(engine).engine());
    assertEquals(
        new NodeInfo.EngineState(4, Records.replid(3), true),
        NodeInfo.parse(engine + "holdfast_refused_history:" + Records.hex(3) + "\r\n").engine());
    assertEquals(
        new NodeInfo.EngineState(4, null, false),
        NodeInfo.parse(engine + "holdfast_lease:not held\r\n").engine());
  }

  @Test
  void readsAMaster() {
    NodeInfo info = NodeInfo.parse(MASTER);
    assertEquals(Role.MASTER, info.role());
    assertEquals(Records.run(7), info.runId());
    assertEquals(Records.replid(8), info.replicationId());
    assertNull(info.secondReplicationId());
    assertEquals(5, info.keys());
    assertEquals(28, info.dataOffset());
    assertEquals(100, info.priority());
    assertEquals(new NodeInfo.Attached(Records.at(7002), true, 14), info.replicas().getFirst());
    assertFalse(info.isReplicaOf(Records.at(7001)));
  }

  @Test
  void readsAReplica() {
    NodeInfo info = NodeInfo.parse(REPLICA);
    assertTrue(info.isReplicaOf(Records.at(7001)));
    assertTrue(info.linkUp());
    assertFalse(info.syncing());
    assertEquals(28, info.dataOffset());
    assertEquals(Records.replid(5), info.secondReplicationId());
    assertEquals(15, info.secondOffset());
    assertEquals(50, info.priority());
  }

  @Test
  void saysWhatIsMissingOrWrong() {
    assertThrows(IllegalArgumentException.class, () -> NodeInfo.parse(""));
    var missing =
        assertThrows(
            IllegalArgumentException.class,
            () -> NodeInfo.parse(MASTER.replace("run_id", "walk_id")));
    assertTrue(missing.getMessage().contains("run_id"));
    assertThrows(
        IllegalArgumentException.class,
        () -> NodeInfo.parse(MASTER.replace("master_repl_offset:28", "master_repl_offset:many")));
  }
}
