package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.LaggingRelay;
import holdfast.backend.testing.Wire;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * How old reads from replicas are, judged from outside: a read must show each write that was
 * acknowledged more than the bound before its client sent it. The master's stream to its replicas
 * is delayed on the way, and replicas are stopped. Real servers; voters that do as told.
 */
@Timeout(1200)
class StalenessIT {
  private static final Duration BOUND =
      Duration.ofMillis(Integer.getInteger("holdfast.staleness.bound-millis", 200));

  /** Of the delays that are tried one after another, a fifth of a second each. */
  private static final int DELAYS = Integer.getInteger("holdfast.staleness.delays", 30);

  /** Pairs of a write and reads of it by the same client. */
  private static final long PAIRS = Long.getLong("holdfast.read-your-writes.pairs", 6000);

  private static final int READERS = 6;
  private static final int WRITERS = 200;

  private FakeQuorum quorum;
  private LaggingRelay relay;
  private ProxyServer proxy;

  @BeforeEach
  void start() throws IOException {
    quorum = new FakeQuorum();
    relay = new LaggingRelay(new InetSocketAddress("127.0.0.1", quorum.server(0).port()));
    quorum.reachBy(0, relay.port());
    quorum.follow(0);
    quorum.awaitReplica(1);
    quorum.awaitReplica(2);
    quorum.activate(0);
    quorum.adopt(1, 2);
  }

  @AfterEach
  void stop() {
    proxy.close();
    relay.close();
    quorum.close();
  }

  private void startProxy(Duration bound) throws IOException {
    startProxy(ReadRule.STANDARD.withPolicy(ReadPolicy.REPLICA_PREFERRED).withLagBound(bound));
  }

  private void startProxy(ReadRule rule) throws IOException {
    proxy =
        ProxyServer.start(
            ProxySettings.of("127.0.0.1", 0, quorum.topology()).withLoops(2).withReads(rule));
  }

  /** A writer of ever larger numbers, and readers that remember how old their answers were. */
  private final class Load implements AutoCloseable {
    private static final int KEPT = 1 << 22;

    private final long[] acknowledgedNanos = new long[KEPT];
    private final AtomicLong acknowledged = new AtomicLong(-1);
    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong stale = new AtomicLong();
    private final AtomicLong oldestNanos = new AtomicLong();
    private final AtomicBoolean running = new AtomicBoolean(true);
    private final List<Thread> threads = new ArrayList<>();
    private volatile String trouble = "";

    Load() {
      threads.add(Thread.startVirtualThread(() -> watched(this::write)));
      await().until(() -> acknowledged.get() >= 0);
      for (int i = 0; i < READERS; i++) {
        threads.add(Thread.startVirtualThread(() -> watched(this::read)));
      }
    }

    private void watched(Runnable work) {
      try {
        work.run();
      } catch (RuntimeException | AssertionError e) {
        trouble = e.toString();
      }
    }

    private void write() {
      try (var wire = new Wire(proxy.address())) {
        for (int number = 0; running.get() && number < KEPT; number++) {
          assertEquals("+OK", wire.text("SET", "number", Integer.toString(number)));
          acknowledgedNanos[number] = System.nanoTime();
          acknowledged.set(number);
        }
      }
    }

    private void read() {
      try (var wire = new Wire(proxy.address())) {
        while (running.get()) {
          long latest = acknowledged.get();
          long sentNanos = System.nanoTime();
          int seen = Integer.parseInt(wire.text("GET", "number"));
          reads.incrementAndGet();
          // The first write that the read does not show: how long had it been acknowledged?
          if (seen < latest) {
            long age = sentNanos - acknowledgedNanos[seen + 1];
            oldestNanos.accumulateAndGet(age, Math::max);
            if (age > BOUND.toNanos()) {
              stale.incrementAndGet();
            }
          }
        }
      }
    }

    @Override
    public void close() {
      running.set(false);
      await().until(() -> threads.stream().noneMatch(Thread::isAlive));
      assertEquals("", trouble);
    }

    String told() {
      return reads + " reads, " + stale + " stale, oldest " + oldestNanos.get() / 1000 + " us";
    }
  }

  private long gets(int server) {
    return quorum
        .server(server)
        .cli("INFO", "commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_get:"))
        .mapToLong(line -> Long.parseLong(line.split("calls=")[1].split(",")[0]))
        .sum();
  }

  private long replicaGets() {
    return gets(1) + gets(2);
  }

  @Test
  void noReadIsOlderThanTheBoundWhateverTheReplicasLag() throws Exception {
    startProxy(BOUND);
    var random = new SplittableRandom(7);
    Load load = new Load();
    try (load) {
      await().until(() -> replicaGets() > 1000);
      for (int i = 0; i < DELAYS; i++) {
        relay.delay(Duration.ofMillis(random.nextLong(2 * BOUND.toMillis() + 50)));
        if (i % 10 == 5) {
          quorum.server(1).sigstop();
        }
        Thread.sleep(200);
        quorum.server(1).sigcont();
      }
      relay.delay(Duration.ZERO);
      long before = replicaGets();
      await().until(() -> replicaGets() > before + 1000);
    }
    System.out.println(load.told() + ", from replicas " + replicaGets());
    assertEquals(0, load.stale.get(), load.told());
    assertTrue(load.oldestNanos.get() > 0, "some read was older than the master's answer");
  }

  @Test
  void withoutABoundTheSameLoadSeesStaleReads() throws Exception {
    startProxy(Duration.ofHours(1));
    Load load = new Load();
    try (load) {
      await().until(() -> replicaGets() > 1000);
      relay.delay(BOUND.multipliedBy(2));
      await().until(() -> load.stale.get() > 100);
    }
  }

  @Test
  void atLeastHalfOfTheReadsAreTheReplicasWhereAllIsWell() throws Exception {
    startProxy(BOUND);
    Load load = new Load();
    try (load) {
      await().until(() -> replicaGets() > 1000);
      long replicas = replicaGets();
      long all = load.reads.get();
      await().until(() -> load.reads.get() > all + 5000);
      long share = (replicaGets() - replicas) * 100 / (load.reads.get() - all);
      assertTrue(share >= 50, "only " + share + " % from replicas");
    }
    assertEquals(0, load.stale.get(), load.told());
  }

  /**
   * Who wrote reads it, however far the replicas lag: each client writes the next number to its own
   * key, and reads it a little later, so that often a replica has it just then, or just not yet;
   * over and over, while the delay of the replicas changes. {@code holdfast.read-your-writes.pairs}
   * says how many pairs.
   */
  @Test
  void aClientReadsWhatItWrote() throws Exception {
    startProxy(Duration.ofSeconds(10));
    var left = new AtomicLong(PAIRS);
    var violations = new AtomicLong();
    var trouble = new AtomicReference<>("");
    var clients = new ArrayList<Thread>();
    for (int i = 0; i < WRITERS; i++) {
      String key = "mine" + i;
      clients.add(
          Thread.startVirtualThread(
              () -> {
                try (var wire = new Wire(proxy.address())) {
                  var random = new SplittableRandom(key.hashCode());
                  for (long n = 0; left.getAndDecrement() > 0; n++) {
                    assertEquals("+OK", wire.text("SET", key, Long.toString(n)));
                    Thread.sleep(random.nextLong(80));
                    if (!Long.toString(n).equals(wire.text("GET", key))) {
                      violations.incrementAndGet();
                    }
                  }
                } catch (RuntimeException | InterruptedException | AssertionError e) {
                  trouble.set(e.toString());
                }
              }));
    }
    var random = new SplittableRandom(5);
    while (clients.stream().anyMatch(Thread::isAlive)) {
      relay.delay(Duration.ofMillis(random.nextLong(40)));
      Thread.sleep(50);
    }
    System.out.println(
        PAIRS + " pairs, " + violations + " violations, reads from replicas " + replicaGets());
    assertEquals("", trouble.get());
    assertEquals(0, violations.get());
    assertTrue(replicaGets() > PAIRS / 20, "only " + replicaGets() + " reads from replicas");
  }

  /** The same load sees old values where nobody promises otherwise: so it can tell. */
  @Test
  void withoutReadYourWritesAClientMissesWhatItWrote() throws Exception {
    startProxy(
        ReadRule.STANDARD
            .withPolicy(ReadPolicy.REPLICA_PREFERRED)
            .withLagBound(Duration.ofSeconds(10))
            .withReadYourWrites(false));
    relay.delay(Duration.ofMillis(30));
    var number = new AtomicLong();
    try (var wire = new Wire(proxy.address())) {
      await()
          .until(
              () -> {
                String next = Long.toString(number.incrementAndGet());
                assertEquals("+OK", wire.text("SET", "mine", next));
                return !next.equals(wire.text("GET", "mine"));
              });
    }
  }

  /** In one go, without waiting for replies. */
  @Test
  void aPipelineOfWritesAndReadsKeepsItsOrder() throws Exception {
    startProxy(Duration.ofSeconds(10));
    relay.delay(Duration.ofMillis(30));
    try (var wire = new Wire(proxy.address())) {
      assertEquals("+OK", wire.text("SET", "p", "first"));
      await()
          .until(
              () -> {
                assertEquals("first", wire.text("GET", "p"));
                return replicaGets() > 0;
              });
      for (int i = 0; i < 200; i++) {
        wire.send("SET", "p", "a" + i);
        wire.send("GET", "p");
        wire.send("GET", "p");
        wire.send("SET", "p", "b" + i);
        wire.send("GET", "p");
      }
      for (int i = 0; i < 200; i++) {
        assertEquals("+OK", wire.read());
        assertEquals("a" + i, wire.read());
        assertEquals("a" + i, wire.read());
        assertEquals("+OK", wire.read());
        assertEquals("b" + i, wire.read());
      }
    }
  }

  /** A replica may be late: what the client writes next must not be in what it asked for before. */
  @Test
  void aWriteWaitsForReadsOfTheSameClientThatAreUnderWayElsewhere() throws Exception {
    startProxy(Duration.ofSeconds(10));
    try (var wire = new Wire(proxy.address())) {
      assertEquals("+OK", wire.text("SET", "q", "old"));
      await()
          .until(
              () -> {
                assertEquals("old", wire.text("GET", "q"));
                return replicaGets() > 0
                    && proxy.replicas().stream().filter(each -> each.share() == 1).count() >= 2;
              });
      quorum.server(1).sigstop();
      quorum.server(2).sigstop();
      wire.send("GET", "q");
      wire.send("SET", "q", "new");
      for (int i = 0; i < 20; i++) {
        assertEquals("old", quorum.server(0).cli("GET", "q"));
      }
      quorum.server(1).sigcont();
      quorum.server(2).sigcont();
      assertEquals("old", wire.read());
      assertEquals("+OK", wire.read());
    }
  }

  /**
   * The proxy is cut off from the voters; they have made another master, and a replica still
   * follows the old one and has all that it has. It must not look fresh. Two guards see to that,
   * each of which is enough: samples count under a lease only, and no reply of a master is handed
   * on without one.
   */
  @Test
  void aReplicaOfADeposedMasterServesNothingOnceTheLeaseIsOver() throws Exception {
    startProxy(BOUND);
    try (var wire = new Wire(proxy.address())) {
      assertEquals("+OK", wire.text("SET", "a", "old"));
      await()
          .until(
              () -> {
                assertEquals("old", wire.text("GET", "a"));
                return replicaGets() > 0;
              });
    }
    // From the proxy's side: no lease is renewed, and nothing is heard of another epoch.
    quorum.granting(false);
    var running = new AtomicBoolean(true);
    var wrong = new AtomicLong();
    var newNanos = new AtomicLong();
    var reads = new AtomicLong();
    var reader =
        Thread.startVirtualThread(
            () -> {
              try (var wire = new Wire(proxy.address())) {
                while (running.get()) {
                  long sent = System.nanoTime();
                  String seen = wire.text("GET", "a");
                  long acknowledged = newNanos.get();
                  reads.incrementAndGet();
                  if (acknowledged != 0
                      && sent - acknowledged > BOUND.toNanos()
                      && seen.equals("old")) {
                    wrong.incrementAndGet();
                  }
                }
              }
            });
    await().until(() -> proxy.status().contains("lease_held:no"));
    quorum.server(1).cli("REPLICAOF", "NO", "ONE");
    quorum.server(1).cli("SET", "a", "new");
    newNanos.set(System.nanoTime());
    Thread.sleep(1500);
    running.set(false);
    quorum.replicate(0, 1);
    quorum.replicate(2, 1);
    quorum.activate(1); // those that are held go on
    reader.join();
    assertEquals(0, wrong.get(), "of " + reads.get() + " reads");
  }
}
