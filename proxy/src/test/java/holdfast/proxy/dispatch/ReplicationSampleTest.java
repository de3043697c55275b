package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import holdfast.backend.model.NodeAddress;
import org.junit.jupiter.api.Test;

class ReplicationSampleTest {
  private static final String ID = "a".repeat(40);
  private static final String REPLICA =
      "# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\n"
          + "master_link_status:up\r\nmaster_sync_in_progress:0\r\nslave_repl_offset:77\r\n"
          + "master_replid:"
          + ID
          + "\r\nmaster_repl_offset:77\r\n";

  @Test
  void readsAMaster() {
    assertEquals(
        new ReplicationSample(true, null, false, ID, 42),
        ReplicationSample.parse(
            "# Replication\r\nrole:master\r\nconnected_slaves:0\r\nmaster_replid:"
                + ID
                + "\r\nmaster_repl_offset:42\r\n"));
  }

  @Test
  void readsAReplica() {
    assertEquals(
        new ReplicationSample(false, new NodeAddress("10.0.0.1", 6379), true, ID, 77),
        ReplicationSample.parse(REPLICA));
  }

  @Test
  void aReplicaWithoutItsMasterOrInASnapshotIsNotInStep() {
    assertFalse(ReplicationSample.parse(REPLICA.replace("status:up", "status:down")).inStep());
    assertFalse(
        ReplicationSample.parse(REPLICA.replace("in_progress:0", "in_progress:1")).inStep());
  }

  @Test
  void anOffsetThatMayBeFromBeforeAFailedLoadIsNone() {
    assertEquals(
        ReplicationSample.UNKNOWN,
        ReplicationSample.parse(REPLICA.replace("slave_repl_offset:77", "slave_repl_offset:76"))
            .offset());
    assertEquals(
        ReplicationSample.UNKNOWN,
        ReplicationSample.parse(
                REPLICA
                    .replace("slave_repl_offset:77", "slave_repl_offset:1")
                    .replace("master_repl_offset:77", "master_repl_offset:1"))
            .offset());
  }

  @Test
  void refusesWhatIsNone() {
    for (String text :
        new String[] {
          "",
          "role:sentinel\r\n",
          "role:slave\r\nmaster_host:h\r\nmaster_port:x\r\n",
          REPLICA.replace("77", "7x")
        }) {
      assertThrows(IllegalArgumentException.class, () -> ReplicationSample.parse(text), text);
    }
  }
}
