package holdfast.proxy.runtime;

import static holdfast.proxy.runtime.PlainSocket.line;
import static holdfast.proxy.runtime.PlainSocket.send;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.routing.command.InDoubtPolicy;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Users of the backends while the master changes, and on replicas. */
@Timeout(60)
class UsersSwitchIT {
  private static final int QUIET_MILLIS = 300;

  private FakeQuorum quorum;
  private ProxyServer proxy;

  @BeforeEach
  void startServers() {
    startServers(0);
  }

  private void startServers(int replicasRequired) {
    quorum = new FakeQuorum(replicasRequired);
    for (int i = 0; i < 3; i++) {
      quorum.server(i).cli("ACL", "SETUSER", "alice", "on", ">a1", "~a:*", "&a:*", "+@all");
    }
  }

  @AfterEach
  void stop() {
    if (proxy != null) {
      proxy.close();
    }
    quorum.close();
  }

  private void start(ReadPolicy reads) throws IOException {
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, quorum.topology())
                .withLoops(1)
                .withAccess(ProxySettings.Access.BACKENDS)
                .withInDoubt(InDoubtPolicy.IDEMPOTENT)
                .withReads(
                    ReadRule.STANDARD.withPolicy(reads).withLagBound(Duration.ofSeconds(2))));
  }

  private Socket alice() throws IOException {
    Socket socket = PlainSocket.to(proxy);
    send(socket, "AUTH alice a1\r\n");
    assertEquals("+OK", line(socket));
    return socket;
  }

  private void assertAlice(Socket socket) throws IOException {
    send(socket, "ACL WHOAMI\r\nGET b:1\r\n");
    assertEquals("$5", line(socket));
    assertEquals("alice", line(socket));
    assertTrue(line(socket).startsWith("-NOPERM"));
  }

  @Test
  void commandsThatWaitedForAMasterAreSentAsTheirUser() throws Exception {
    start(ReadPolicy.MASTER);
    quorum.activate(0);
    try (Socket socket = alice();
        Socket blocked = alice();
        Socket transaction = alice();
        Socket subscriber = alice()) {
      assertAlice(socket);
      send(subscriber, "SUBSCRIBE a:news\r\n");
      for (int i = 0; i < 6; i++) {
        line(subscriber);
      }
      send(transaction, "MULTI\r\nSET a:t v\r\n");
      assertEquals("+OK", line(transaction));
      assertEquals("+QUEUED", line(transaction));
      send(blocked, "BLPOP a:list 20\r\n");
      await().until(() -> quorum.server(0).cli("INFO", "clients").contains("blocked_clients:1"));
      quorum.awaitReplica(1);
      quorum.server(0).kill9();
      send(socket, "SET a:1 v\r\nACL WHOAMI\r\nGET b:1\r\n");
      send(transaction, "GET b:1\r\n");
      quorum.follow(1);
      quorum.activate(1);
      assertEquals("+OK", line(socket));
      assertEquals("$5", line(socket));
      assertEquals("alice", line(socket));
      assertTrue(line(socket).startsWith("-NOPERM"));
      assertTrue(line(transaction).startsWith("-NOPERM"), "queued by the user that it is");
      assertTrue(line(blocked).startsWith("-MASTERDOWN"), "it may have popped something");
      send(blocked, "BLPOP a:list 20\r\n");
      await().until(() -> quorum.server(1).cli("PUBSUB", "NUMSUB", "a:news").strip().endsWith("1"));
      await().until(() -> quorum.server(1).cli("INFO", "clients").contains("blocked_clients:1"));
      String list = quorum.server(1).cli("CLIENT", "LIST");
      assertTrue(
          list.lines()
              .filter(each -> each.contains("cmd=blpop") || each.contains("cmd=subscribe"))
              .allMatch(each -> each.contains(" user=alice ")),
          list);
      send(socket, "RPUSH a:list 1\r\n");
      assertEquals(":1", line(socket));
      assertEquals("*2", line(blocked));
    }
  }

  @Test
  void aLoginWaitsForTheNextMaster() throws Exception {
    start(ReadPolicy.MASTER);
    try (Socket socket = PlainSocket.to(proxy)) {
      send(socket, "AUTH alice a1\r\nSET a:1 v\r\n");
      quorum.activate(0);
      assertEquals("+OK", line(socket));
      assertEquals("+OK", line(socket));
      assertAlice(socket);
    }
  }

  @Test
  void clientsOfAUserWhomTheNextMasterDoesNotKnowAreClosed() throws Exception {
    start(ReadPolicy.MASTER);
    quorum.activate(0);
    try (Socket socket = alice()) {
      assertAlice(socket);
      quorum.server(1).cli("ACL", "DELUSER", "alice");
      quorum.awaitReplica(1);
      quorum.server(0).kill9();
      quorum.follow(1);
      quorum.activate(1);
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  @Test
  void aWriteOfAUserIsAcknowledgedOnlyWhenReplicasHaveIt() throws Exception {
    quorum.close();
    startServers(2);
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
    quorum.activate(0);
    quorum.adopt(1, 2);
    start(ReadPolicy.MASTER);
    try (Socket socket = alice()) {
      send(socket, "SET a:1 1\r\n");
      assertEquals("+OK", line(socket));
      quorum.server(2).sigstop();
      send(socket, "SET a:1 2\r\n");
      await().until(() -> quorum.server(0).cli("GET", "a:1").equals("2"));
      Thread.sleep(QUIET_MILLIS);
      assertEquals(0, socket.getInputStream().available(), "it was acknowledged");
      quorum.server(2).sigcont();
      assertEquals("+OK", line(socket));
    }
  }

  @Test
  void readsGoToReplicasAsTheirUser() throws Exception {
    start(ReadPolicy.REPLICA_PREFERRED);
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
    quorum.activate(0);
    quorum.adopt(1);
    quorum.server(0).cli("SET", "x", "1"); // offsets of a stream without a byte tell nothing
    try (Socket socket = alice()) {
      await()
          .until(
              () -> {
                send(socket, "GET b:1\r\n");
                assertTrue(line(socket).startsWith("-NOPERM"));
                return quorum.server(1).cli("INFO", "commandstats").contains("cmdstat_get:");
              });
      assertAlice(socket);
    }
  }

  @Test
  void aReplicaThatDoesNotKnowTheUserServesNoneOfItsReads() throws Exception {
    start(ReadPolicy.REPLICA_PREFERRED);
    quorum.server(1).cli("ACL", "DELUSER", "alice");
    quorum.awaitReplica(1);
    quorum.activate(0);
    quorum.adopt(1);
    try (Socket socket = alice()) {
      await()
          .until(
              () -> {
                send(socket, "GET a:1\r\n");
                assertEquals("$-1", line(socket));
                return quorum.server(1).cli("INFO", "errorstats").contains("errorstat_WRONGPASS");
              });
      send(socket, "GET a:1\r\n");
      assertEquals("$-1", line(socket), "and nobody is closed");
    }
  }
}
