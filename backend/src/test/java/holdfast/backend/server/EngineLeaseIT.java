package holdfast.backend.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.model.RunId;
import holdfast.backend.testing.EngineProcess;
import holdfast.backend.testing.FakeVoter;
import holdfast.backend.testing.Wire;
import holdfast.backend.transport.EventLoops;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A master of an epoch executes writes while a majority of three voters says so, and no longer. */
class EngineLeaseIT {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private static final long LEASE_MILLIS = 400;

  private final List<FakeVoter> voters = new ArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private EventLoops loops;

  @BeforeEach
  void startThreeVoters() {
    loops = EventLoops.start("engine-lease-it", 1);
    for (int i = 0; i < 3; i++) {
      voters.add(new FakeVoter(loops));
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
    voters.forEach(FakeVoter::close);
    loops.close();
  }

  private <T extends AutoCloseable> T open(T resource) {
    opened.add(resource);
    return resource;
  }

  private Wire engine() throws Exception {
    return open(new Wire(server().address()));
  }

  private EngineServer server() throws Exception {
    return open(EngineServer.start(EngineServerSettings.at(ANY)));
  }

  private void promote(Wire wire, long epoch) {
    String reply =
        wire.text(
            "HOLDFAST",
            "PROMOTE",
            epoch + "",
            wire.info("server").get("run_id") + "",
            "0",
            addresses());
    assertTrue(reply.contains("holdfast_master_of_epoch:" + epoch), reply);
  }

  private String addresses() {
    return voters.stream().map(v -> v.address().toString()).collect(Collectors.joining(","));
  }

  /** The master that it is to follow is nowhere. */
  private void follow(Wire wire, long epoch) {
    String[] order = {
      "HOLDFAST", "FOLLOW", epoch + "", "127.0.0.1", "1", "b".repeat(40), "-1", addresses()
    };
    assertEquals("+OK", wire.text(order));
  }

  private int connections() {
    return voters.stream().mapToInt(FakeVoter::connections).sum();
  }

  private int leasesAsked() {
    return voters.stream().mapToInt(FakeVoter::leasesAsked).sum();
  }

  private AcceptedRecord record(Wire wire, long epoch) {
    return record(
        wire.info("server").get("run_id") + "",
        wire.info("replication").get("master_replid") + "",
        epoch);
  }

  private AcceptedRecord record(String runId, String replicationId, long epoch) {
    var entries = new ArrayList<AcceptedRecord.VoterEntry>();
    for (int i = 0; i < voters.size(); i++) {
      entries.add(
          new AcceptedRecord.VoterEntry(
              new NodeId("voter-" + i), "a".repeat(40), voters.get(i).address()));
    }
    var master = new NodeAddress("127.0.0.1", 7000);
    return new AcceptedRecord(
        epoch,
        epoch - 1,
        master,
        new RunId(runId),
        0,
        List.of(new ReplicationId(replicationId)),
        entries,
        List.of(new AcceptedRecord.BackendEntry(master, 100)),
        List.of(),
        0,
        2 * LEASE_MILLIS * 1_000_000,
        LEASE_MILLIS * 1_000_000);
  }

  private static void awaitWrites(Wire wire) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> wire.text("SET", "a", "1").equals("+OK"));
  }

  private static void awaitRefusal(Wire wire) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> wire.text("SET", "a", "2").startsWith("-READONLY"));
  }

  @Test
  void aStandaloneMasterNeedsNone() throws Exception {
    Wire wire = engine();
    assertEquals("+OK", wire.text("SET", "a", "1"));
    assertEquals("not needed", wire.info("holdfast").get("holdfast_lease"));
  }

  @Test
  void takesWritesOnceAMajorityHasAcceptedItsEpoch() throws Exception {
    Wire wire = engine();
    promote(wire, 1);
    assertTrue(wire.text("SET", "a", "1").startsWith("-READONLY this master holds no lease"));
    wire.call("MULTI");
    assertTrue(wire.text("SET", "a", "1").startsWith("-READONLY"));
    assertTrue(wire.text("EXEC").startsWith("-EXECABORT"));
    AcceptedRecord record = record(wire, 1);
    voters.get(0).accept(record);
    await()
        .during(Duration.ofMillis(200))
        .atMost(Duration.ofSeconds(5))
        .until(() -> wire.text("SET", "a", "1").startsWith("-READONLY"));
    voters.get(1).accept(record);
    awaitWrites(wire);
    Map<String, String> info = wire.info("holdfast");
    assertEquals("held", info.get("holdfast_lease"));
    assertTrue(Long.parseLong(info.get("holdfast_writes_refused") + "") > 1);
  }

  @Test
  void isNoMasterForTheRecordOfAnotherProcess() throws Exception {
    Wire wire = engine();
    promote(wire, 1);
    AcceptedRecord other =
        record("b".repeat(40), wire.info("replication").get("master_replid") + "", 1);
    voters.forEach(voter -> voter.accept(other));
    await()
        .during(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(5))
        .until(() -> wire.text("SET", "a", "1").startsWith("-READONLY"));
  }

  @Test
  void stopsWithinTheLeaseWhenTheVotersAreCutOff() throws Exception {
    Wire wire = engine();
    promote(wire, 1);
    voters.forEach(voter -> voter.accept(record(wire, 1)));
    awaitWrites(wire);
    voters.forEach(FakeVoter::close);
    long cutNanos = System.nanoTime();
    awaitRefusal(wire);
    long millis = (System.nanoTime() - cutNanos) / 1_000_000;
    assertTrue(millis < LEASE_MILLIS + 2_000, millis + " ms");
    long offset = Long.parseLong(wire.info("replication").get("master_repl_offset") + "");
    assertTrue(List.of("1", "2").contains(wire.text("GET", "a"))); // reads go on
    await()
        .during(Duration.ofMillis(500))
        .atMost(Duration.ofSeconds(5))
        .until(
            () ->
                offset == Long.parseLong(wire.info("replication").get("master_repl_offset") + ""));
  }

  @Test
  void deletesNoExpiredKeyWithoutALease() throws Exception {
    Wire wire = engine();
    wire.call("SET", "soon", "gone", "PX", "300");
    promote(wire, 1);
    await().atMost(Duration.ofSeconds(10)).until(() -> wire.call("GET", "soon") == null);
    await()
        .during(Duration.ofMillis(400))
        .atMost(Duration.ofSeconds(5))
        .until(() -> "0".equals(wire.info("stats").get("expired_keys")));
    voters.forEach(voter -> voter.accept(record(wire, 1)));
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> "1".equals(wire.info("stats").get("expired_keys")));
  }

  @Test
  void givesUpAtOnceAndSaysSoWhenItHearsOfALaterEpoch() throws Exception {
    Wire wire = engine();
    promote(wire, 1);
    voters.forEach(voter -> voter.accept(record(wire, 1)));
    awaitWrites(wire);
    voters.get(0).vote(2);
    awaitRefusal(wire);
    await().atMost(Duration.ofSeconds(10)).until(() -> voters.get(2).givenUpBelow.contains(2L));
    // For good: the other two would still grant epoch 1.
    await()
        .during(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(5))
        .until(() -> wire.text("SET", "a", "3").startsWith("-READONLY"));
    promote(wire, 2);
    voters.forEach(voter -> voter.accept(record(wire, 2)));
    awaitWrites(wire);
  }

  /** Its lease lasts for a minute: only that no write comes can end the drain before. */
  @Test
  void whoLooksAtItDoesNotKeepItFromGivingUpForAPlannedSwitchover() throws Exception {
    EngineServer engine = server();
    Wire wire = open(new Wire(engine.address()));
    promote(wire, 1);
    voters.forEach(voter -> voter.granting(Duration.ofMinutes(1).toNanos()));
    voters.forEach(voter -> voter.accept(record(wire, 1)));
    awaitWrites(wire);
    var over = new AtomicBoolean();
    try (var looking = new Wire(engine.address())) {
      Thread looks =
          Thread.ofVirtual()
              .start(
                  () -> {
                    while (!over.get()) {
                      looking.info("holdfast");
                    }
                  });
      voters.forEach(voter -> voter.votePlanned(2));
      await().atMost(Duration.ofSeconds(20)).until(() -> toldAll(2));
      over.set(true);
      looks.join();
    }
  }

  @Test
  void givesUpWhenItIsConsultedDemotedOrEnds() throws Exception {
    Wire consulted = engine();
    promote(consulted, 1);
    voters.forEach(voter -> voter.accept(record(consulted, 1)));
    awaitWrites(consulted);
    assertTrue(consulted.text("HOLDFAST", "CONSULT", "3").contains("role:master"));
    assertTrue(
        consulted.text("SET", "a", "2").startsWith("-READONLY this node is the master of no"));
    await().atMost(Duration.ofSeconds(10)).until(() -> toldAll(3));
    EngineServer ending = EngineServer.start(EngineServerSettings.at(ANY));
    try (ending;
        var wire = new Wire(ending.address())) {
      promote(wire, 5);
      voters.forEach(voter -> voter.accept(record(wire, 5)));
      awaitWrites(wire);
    }
    assertTrue(toldAll(6));
  }

  private boolean toldAll(long below) {
    return voters.stream().allMatch(voter -> voter.givenUpBelow.contains(below));
  }

  @Test
  void aReplicaKeepsItsLinksToTheVotersAndAsksForNothingUntilItIsMaster() throws Exception {
    Wire wire = engine();
    follow(wire, 1);
    // Both links to each of them.
    await().atMost(Duration.ofSeconds(10)).until(() -> connections() == 2 * voters.size());
    int connected = connections();
    voters.forEach(voter -> voter.accept(record("b".repeat(40), "c".repeat(40), 1)));
    await()
        .during(Duration.ofMillis(LEASE_MILLIS))
        .atMost(Duration.ofSeconds(10))
        .until(() -> leasesAsked() == 0);
    promote(wire, 2);
    voters.forEach(voter -> voter.accept(record(wire, 2)));
    awaitWrites(wire);
    assertEquals(connected, connections());
    follow(wire, 3);
    await().atMost(Duration.ofSeconds(10)).until(() -> toldAll(3));
    int asked = leasesAsked();
    assertTrue(asked > 0);
    voters.forEach(voter -> voter.vote(3));
    voters.forEach(voter -> voter.accept(record("b".repeat(40), "c".repeat(40), 3)));
    await()
        .during(Duration.ofMillis(LEASE_MILLIS))
        .atMost(Duration.ofSeconds(10))
        .until(() -> asked == leasesAsked());
    promote(wire, 4);
    voters.forEach(voter -> voter.accept(record(wire, 4)));
    awaitWrites(wire);
    assertEquals(connected, connections());
  }

  @Test
  void aStoppedProcessRefusesTheWriteThatLayInItsSocketMeanwhile() {
    EngineProcess process = open(EngineProcess.start("--no-log"));
    Wire wire = open(new Wire(process.address()));
    promote(wire, 1);
    voters.forEach(voter -> voter.accept(record(wire, 1)));
    awaitWrites(wire);
    Wire early = open(new Wire(process.address()));
    assertEquals("+PONG", early.text("PING"));
    process.sigstop();
    early.send("SET", "stale", "1");
    // As if another epoch had begun: else it might be renewed before the write is read.
    voters.forEach(voter -> voter.granting(false));
    await().pollDelay(Duration.ofMillis(LEASE_MILLIS + 300)).until(() -> true);
    process.sigcont();
    String reply = String.valueOf(early.read());
    assertTrue(reply.startsWith("-READONLY this master holds no lease of epoch 1"), reply);
    voters.forEach(voter -> voter.granting(true));
    awaitWrites(wire);
    assertEquals(null, wire.call("GET", "stale"));
  }
}
