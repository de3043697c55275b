package holdfast.proxy.runtime;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandFlag;
import holdfast.backend.command.CommandReply;
import holdfast.backend.command.KeySpec;
import holdfast.backend.resp.RespReader;
import holdfast.backend.testing.LaggingRelay;
import holdfast.backend.testing.Wire;
import holdfast.proxy.front.Listener;
import holdfast.proxy.hold.HoldLimits;
import holdfast.routing.command.CommandClasses;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Route;
import holdfast.routing.read.Otherwise;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import holdfast.routing.read.ReadSettings;
import holdfast.routing.read.ReadSettings.Placement;
import holdfast.routing.read.ReadSettings.ReadClass;
import holdfast.routing.read.Rotation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who serves reads, by every way to say it, and what becomes of them when replicas fail. */
@Timeout(120)
class ReadsIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final ReadRule REPLICAS =
      ReadRule.STANDARD.withPolicy(ReadPolicy.REPLICA_PREFERRED);

  private FakeQuorum quorum;
  private LaggingRelay relay;
  private ProxyServer proxy;

  @BeforeEach
  void start() {
    quorum = new FakeQuorum();
    relay = new LaggingRelay(new InetSocketAddress("127.0.0.1", quorum.server(0).port()));
    quorum.reachBy(0, relay.port());
    replicate();
  }

  private void replicate() {
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

  private void startProxy(ReadSettings reads, ReadRule... listeners) throws IOException {
    startProxy(reads, settings -> settings, listeners);
  }

  private void startProxy(
      ReadSettings reads, UnaryOperator<ProxySettings> change, ReadRule... listeners)
      throws IOException {
    var further = new ArrayList<Listener>();
    for (ReadRule each : listeners) {
      further.add(new Listener.Tcp(new InetSocketAddress("127.0.0.1", 0), null, false, each));
    }
    proxy =
        ProxyServer.start(
            change.apply(
                ProxySettings.of("127.0.0.1", 0, quorum.topology())
                    .withLoops(1)
                    .withWays(new ProxySettings.Ways(false, further))
                    .withReads(reads)));
    try (var wire = new Wire(proxy.address())) {
      assertEquals("+OK", wire.text("SET", "a", "1"));
    }
  }

  private static ReadSettings standard(ReadRule rule) {
    return ReadSettings.STANDARD.withStandard(rule);
  }

  private long calls(int server, String command) {
    return quorum
        .server(server)
        .cli("INFO", "commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_" + command + ":"))
        .mapToLong(line -> Long.parseLong(line.split("calls=")[1].split(",")[0]))
        .sum();
  }

  private long[] gets() {
    return new long[] {calls(0, "get"), calls(1, "get"), calls(2, "get")};
  }

  /** How many of 300 reads each server gets, once nothing changes any more. */
  private long[] reads(Wire wire) {
    long[] before = gets();
    for (int i = 0; i < 300; i++) {
      assertEquals("1", wire.text("GET", "a"));
    }
    long[] after = gets();
    return new long[] {after[0] - before[0], after[1] - before[1], after[2] - before[2]};
  }

  /** How many of 12 times 50 reads, all under way together, each server got. */
  private long[] readsAtOnce(InetSocketAddress listener) {
    long[] before = gets();
    var wires = new ArrayList<Wire>();
    try {
      for (int i = 0; i < 12; i++) {
        wires.add(new Wire(listener));
      }
      for (int i = 0; i < 50; i++) {
        wires.forEach(wire -> wire.send("GET", "a"));
      }
      for (int i = 0; i < 50; i++) {
        wires.forEach(wire -> assertEquals("1", wire.read()));
      }
    } finally {
      wires.forEach(Wire::close);
    }
    long[] after = gets();
    return new long[] {after[0] - before[0], after[1] - before[1], after[2] - before[2]};
  }

  /** All replicas that the proxy knows of are in the rotation, in full. */
  private void awaitRotation(Wire wire, int replicas) {
    await()
        .until(
            () -> {
              wire.text("GET", "a"); // somebody has to want it
              return proxy.replicas().stream().filter(each -> each.share() == 1).count()
                  == replicas;
            });
  }

  // ---- ways to say it

  @Test
  void eachListenerHasItsOwnPolicy() throws Exception {
    quorum.reachBy(0, quorum.server(0).port()); // the relay would make the master a slow one
    replicate();
    startProxy(
        ReadSettings.STANDARD,
        REPLICAS,
        ReadRule.STANDARD.withPolicy(ReadPolicy.REPLICA_ONLY),
        ReadRule.STANDARD.withPolicy(ReadPolicy.ANY));
    try (var master = new Wire(proxy.address());
        var preferred = new Wire(proxy.furtherAddress(0));
        var only = new Wire(proxy.furtherAddress(1))) {
      awaitRotation(preferred, 2);
      assertEquals(300, reads(master)[0]);
      assertEquals(0, reads(preferred)[0]);
      assertEquals(0, reads(only)[0]);
      // One read at a time never goes to the slowest of three: several do, by what is in flight.
      await()
          .until(
              () ->
                  Arrays.stream(readsAtOnce(proxy.furtherAddress(2))).allMatch(count -> count > 0));
    }
  }

  @Test
  void aConnectionSaysItForItselfUntilItIsReset() throws Exception {
    startProxy(ReadSettings.STANDARD);
    try (var wire = new Wire(proxy.address());
        var other = new Wire(proxy.address())) {
      assertEquals(
          "[policy, master, lag-bound, 200, lag-bytes, null, read-your-writes, yes, otherwise,"
              + " master, set-by, listener]",
          wire.text("HOLDFAST", "READS"));
      assertEquals(
          "+OK",
          wire.text(
              "holdfast",
              "reads",
              "Replica-Only",
              "LAG-BOUND",
              "1500",
              "lag-bytes",
              "4096",
              "READ-YOUR-WRITES",
              "no",
              "OTHERWISE",
              "error"));
      assertEquals(
          "[policy, replica-only, lag-bound, 1500, lag-bytes, 4096, read-your-writes, no,"
              + " otherwise, error, set-by, connection]",
          wire.text("HOLDFAST", "READS"));
      awaitRotation(wire, 2);
      assertEquals(0, reads(wire)[0]);
      assertEquals(300, reads(other)[0], "the other's are as before");
      assertEquals("+RESET", wire.text("RESET"));
      assertEquals(300, reads(wire)[0]);
      assertEquals("+OK", wire.text("HOLDFAST", "READS", "nearest"));
      assertTrue(wire.text("HOLDFAST", "READS").contains("nearest"));
      assertEquals("+OK", wire.text("HOLDFAST", "READS", "default"));
      assertTrue(wire.text("HOLDFAST", "READS").endsWith("listener]"));
      assertTrue(wire.text("HOLDFAST", "HELP").contains("READS DEFAULT"));
    }
  }

  @Test
  void whatMeansNothingIsRefusedAndChangesNothing() throws Exception {
    startProxy(ReadSettings.STANDARD);
    try (var wire = new Wire(proxy.address())) {
      String before = wire.text("HOLDFAST", "READS");
      for (String words :
          List.of(
              "slave",
              "any lag-bound",
              "any lag-bound 0",
              "any lag-bound 39",
              "any lag-bound 3600001",
              "any lag-bound soon",
              "any lag-bytes -1",
              "any read-your-writes maybe",
              "any otherwise never",
              "any colour red",
              "default any")) {
        String[] command = ("HOLDFAST READS " + words).split(" ");
        String answer = wire.text(command);
        assertTrue(answer.startsWith("-ERR "), words + ": " + answer);
      }
      assertEquals(before, wire.text("HOLDFAST", "READS"));
    }
  }

  /** In its place among the replies, as all that concerns the connection itself. */
  @Test
  void itMayBeSaidInsideATransaction() throws Exception {
    startProxy(ReadSettings.STANDARD);
    try (var wire = new Wire(proxy.address())) {
      assertEquals("+OK", wire.text("MULTI"));
      assertEquals("+QUEUED", wire.text("HOLDFAST", "READS", "any"));
      assertEquals("+QUEUED", wire.text("GET", "a"));
      assertEquals("[+OK, 1]", wire.text("EXEC"));
      assertTrue(wire.text("HOLDFAST", "READS").startsWith("[policy, any"));
    }
  }

  @Test
  void commandsMayHaveAPolicyOfTheirOwn() throws Exception {
    startProxy(
        ReadSettings.STANDARD.withClasses(
            List.of(
                new ReadClass(List.of("strlen"), ReadPolicy.MASTER),
                new ReadClass(List.of("@string", "set"), ReadPolicy.REPLICA_ONLY))));
    try (var wire = new Wire(proxy.address())) {
      awaitRotation(wire, 2);
      assertEquals(0, reads(wire)[0]);
      long before = calls(0, "strlen");
      long exists = calls(0, "exists");
      for (int i = 0; i < 50; i++) {
        assertEquals(1L, wire.call("STRLEN", "a"));
        assertEquals(1L, wire.call("EXISTS", "a"));
      }
      assertEquals(50, calls(0, "strlen") - before, "an earlier class");
      assertEquals(50, calls(0, "exists") - exists, "of no class");
      assertEquals("+OK", wire.text("HOLDFAST", "READS", "master"));
      assertEquals(300, reads(wire)[0], "the connection's own word is the last");
    }
  }

  @Test
  void zonesAndWeightsAreKept() throws Exception {
    startProxy(
        ReadSettings.STANDARD.withPlacements(
            "b",
            List.of(
                new Placement(quorum.address(0), "a", 1),
                new Placement(quorum.address(1), "b", 1),
                new Placement(quorum.address(2), "a", 0))),
        ReadRule.STANDARD.withPolicy(ReadPolicy.NEAREST),
        REPLICAS);
    try (var nearest = new Wire(proxy.furtherAddress(0));
        var preferred = new Wire(proxy.furtherAddress(1))) {
      awaitRotation(nearest, 2);
      assertEquals(300, reads(nearest)[1], "the only one of its zone");
      assertEquals(300, reads(preferred)[1], "the other weighs nothing");
      quorum.server(1).sigstop();
      // The others do not answer, or weigh nothing.
      await()
          .until(
              () -> {
                long before = calls(0, "get");
                for (int i = 0; i < 50; i++) {
                  assertEquals("1", nearest.text("GET", "a"));
                }
                return calls(0, "get") - before == 50;
              });
      quorum.server(1).sigcont();
    }
  }

  // ---- no replica is fit

  @Test
  void otherwiseDecidesWhatBecomesOfReadsThatNoReplicaIsFitFor() throws Exception {
    startProxy(
        ReadSettings.STANDARD,
        settings ->
            settings.withHold(new HoldLimits(Duration.ofMillis(600), 1 << 20, 1 << 26, 1024)),
        REPLICAS,
        REPLICAS.withOtherwise(Otherwise.WAIT),
        REPLICAS.withOtherwise(Otherwise.ERROR));
    try (var master = new Wire(proxy.furtherAddress(0));
        var waits = new Wire(proxy.furtherAddress(1));
        var fails = new Wire(proxy.furtherAddress(2));
        var writer = new Wire(proxy.address())) {
      awaitRotation(master, 2);
      assertEquals("1", fails.text("GET", "a"));
      relay.delay(LONG);
      assertEquals("+OK", writer.text("SET", "b", "new"));
      await()
          .until(
              () ->
                  fails
                      .text("GET", "a")
                      .equals("-TRYAGAIN no replica is fit to be read from: never executed"));
      assertEquals("1", master.text("GET", "a"));
      assertEquals(
          "-TRYAGAIN no replica was fit to be read from within 600 ms: never executed",
          waits.text("GET", "a"));
      assertEquals("+OK", waits.text("SET", "c", "x"), "writes go on");
      long[] before = gets();
      waits.send("GET", "b");
      relay.delay(Duration.ZERO);
      assertEquals("new", waits.read(), "it is woken");
      assertEquals(before[0], gets()[0], "by a replica");
      await().until(() -> fails.text("GET", "b").equals("new"));
      assertTrue(proxy.refusedReads() > 1);
      assertTrue(proxy.readsInstead() > 0);
    }
  }

  /** Also the first read, when nobody has been asked yet. */
  @Test
  void aReadThatNeedsAReplicaWaitsUntilAllHaveBeenAsked() throws Exception {
    startProxy(
        ReadSettings.STANDARD,
        REPLICAS.withPolicy(ReadPolicy.REPLICA_ONLY).withOtherwise(Otherwise.ERROR));
    long[] before = gets();
    try (var wire = new Wire(proxy.furtherAddress(0))) {
      for (int i = 0; i < 3; i++) {
        assertEquals("1", wire.text("GET", "a"));
        Thread.sleep(1200); // nobody is asked any more
      }
    }
    assertEquals(before[0], gets()[0]);
  }

  /** Its own writes are a matter of time, and no reason for an error. */
  @Test
  void replicaOnlyReadsItsOwnWrites() throws Exception {
    startProxy(
        ReadSettings.STANDARD,
        ReadRule.STANDARD
            .withLagBound(Duration.ofSeconds(10))
            .withPolicy(ReadPolicy.REPLICA_ONLY)
            .withOtherwise(Otherwise.ERROR));
    relay.delay(Duration.ofMillis(20));
    try (var wire = new Wire(proxy.furtherAddress(0))) {
      assertEquals("1", wire.text("GET", "a"));
      long[] before = gets();
      for (int i = 0; i < 20; i++) {
        wire.send("SET", "mine", "v" + i);
        wire.send("GET", "mine");
        assertEquals("+OK", wire.read());
        assertEquals("v" + i, wire.read());
      }
      assertEquals(before[0], gets()[0], "none from the master");
    }
  }

  /** There is no master, and none comes: a replica that qualifies by and by serves it. */
  @Test
  void aHeldReadIsServedByAReplicaThatBecomesFit() throws Exception {
    // Far longer than the wire waits for its reply.
    startProxy(
        standard(REPLICAS.withLagBound(LONG)),
        settings -> settings.withHold(new HoldLimits(LONG, 1 << 20, 1 << 26, 1024)));
    try (var wire = new Wire(proxy.address());
        var writer = new Wire(proxy.address())) {
      awaitRotation(wire, 2);
      // The proxy knows how far the master is; both replicas are out of reach; then the master is.
      quorum.server(1).sigstop();
      quorum.server(2).sigstop();
      await()
          .until(
              () -> {
                writer.text("GET", "a");
                return proxy.replicas().stream().allMatch(each -> each.share() == 0);
              });
      quorum.granting(false);
      await().until(() -> proxy.status().contains("lease_held:no"));
      wire.send("GET", "a");
      await().until(() -> proxy.heldNow() == 1);
      quorum.server(1).sigcont();
      assertEquals("1", wire.read());
      assertTrue(proxy.status().contains("lease_held:no"), "still");
      quorum.server(2).sigcont();
    }
  }

  /** Reads that are the master's for want of replicas do not keep writes waiting. */
  @Test
  void theMasterIsProtectedByALimit() throws Exception {
    startProxy(standard(REPLICAS).withMasterReadsMax(2));
    var readers = new ArrayList<Wire>();
    try (var writer = new Wire(proxy.address())) {
      awaitRotation(writer, 2);
      relay.delay(LONG);
      assertEquals("+OK", writer.text("SET", "b", "new"));
      await()
          .until(
              () -> {
                writer.text("GET", "a");
                return proxy.replicas().stream()
                    .allMatch(each -> each.reason() == Rotation.Reason.BEHIND);
              });
      for (int i = 0; i < 40; i++) {
        readers.add(new Wire(proxy.address()));
      }
      for (Wire reader : readers) {
        reader.send("EVAL_RO", "for i = 1, 2000000 do end return 1", "0");
      }
      assertEquals("+OK", writer.text("SET", "c", "x"));
      long before = calls(0, "eval_ro");
      assertTrue(before < 20, before + " of 40 reads went before the write");
      for (Wire reader : readers) {
        assertEquals(1L, reader.read());
      }
    } finally {
      readers.forEach(Wire::close);
    }
  }

  // ---- replicas that fail

  @Test
  void stalledReplicasFailNoRead() throws Exception {
    startProxy(standard(REPLICAS.withLagBound(LONG)));
    try (var wire = new Wire(proxy.address())) {
      awaitRotation(wire, 2);
      quorum.server(1).sigstop();
      quorum.server(2).sigstop();
      for (int i = 0; i < 20; i++) {
        wire.send("GET", "a");
      }
      for (int i = 0; i < 20; i++) {
        assertEquals("1", wire.read());
      }
      assertTrue(proxy.replicas().stream().allMatch(each -> each.share() == 0), "both are out");
      long before = calls(0, "get");
      for (int i = 0; i < 100; i++) {
        assertEquals("1", wire.text("GET", "a"));
      }
      assertEquals(100, calls(0, "get") - before);
      quorum.server(1).sigcont();
      quorum.server(2).sigcont();
      awaitRotation(wire, 2);
      assertEquals(0, reads(wire)[0], "they are back");
    }
  }

  /** Who does not answer the sampling gets no reads that would have to be sent elsewhere. */
  @Test
  void replicasThatAreSilentGetNoReads() throws Exception {
    startProxy(standard(REPLICAS.withLagBound(LONG)));
    try (var wire = new Wire(proxy.address());
        var writer = new Wire(proxy.address())) {
      awaitRotation(wire, 2);
      quorum.server(1).sigstop();
      quorum.server(2).sigstop();
      assertEquals("+OK", writer.text("SET", "b", "new")); // which no replica gets
      await()
          .until(
              () -> {
                // Keeps the sampling up, and is the master's: it has to see what was written.
                writer.text("GET", "a");
                return proxy.replicas().stream().allMatch(each -> each.share() == 0);
              });
      long before = proxy.repeated();
      for (int i = 0; i < 100; i++) {
        assertEquals("1", wire.text("GET", "a"));
      }
      assertEquals(before, proxy.repeated(), "sent again");
      quorum.server(1).sigcont();
      quorum.server(2).sigcont();
    }
  }

  /** It owes an answer since it was asked, not since it last said something. */
  @Test
  void aLinkThatWasIdleIsNotSilent() throws Exception {
    startProxy(standard(REPLICAS.withLagBound(LONG)));
    try (var wire = new Wire(proxy.address());
        var other = new Wire(proxy.address())) {
      awaitRotation(wire, 2);
      assertEquals("+OK", other.text("SELECT", "1")); // which has links of its own
      await()
          .until(
              () -> {
                other.text("EVAL_RO", "return 1", "0");
                return calls(1, "eval_ro") > 0 && calls(2, "eval_ro") > 0;
              });
      long idleFrom = System.nanoTime();
      while (System.nanoTime() - idleFrom < 700_000_000L) {
        assertEquals("1", wire.text("GET", "a")); // so that all are looked at
      }
      assertEquals(1L, other.call("EVAL_RO", "for i = 1, 10000000 do end return 1", "0"));
      assertEquals(0, proxy.repeated(), "sent again");
    }
  }

  @Test
  void aReplicaThatIsKilledFailsNoRead() throws Exception {
    startProxy(standard(REPLICAS));
    var stop = new AtomicInteger();
    var read = new AtomicInteger();
    var wrong = new AtomicInteger();
    var readers = new ArrayList<Thread>();
    for (int i = 0; i < 4; i++) {
      readers.add(
          Thread.startVirtualThread(
              () -> {
                try (var wire = new Wire(proxy.address())) {
                  while (stop.get() == 0) {
                    if (!wire.text("GET", "a").equals("1")) {
                      wrong.incrementAndGet();
                    }
                    read.incrementAndGet();
                  }
                }
              }));
    }
    await().until(() -> calls(1, "get") > 200 && calls(2, "get") > 200);
    quorum.server(1).kill9();
    int before = read.get();
    await().until(() -> read.get() > before + 5000);
    stop.set(1);
    for (Thread reader : readers) {
      reader.join();
    }
    assertEquals(0, wrong.get());
    assertTrue(
        proxy.replicas().stream()
            .anyMatch(each -> each.address().equals(quorum.address(1)) && each.share() == 0));
  }

  /** Where reads never go to the master, one that is held off is better than none. */
  @Test
  void replicasThatAreHeldOffServeWhoeverHasNobodyElse() throws Exception {
    startProxy(
        standard(
            REPLICAS
                .withPolicy(ReadPolicy.REPLICA_ONLY)
                .withLagBound(LONG)
                .withOtherwise(Otherwise.ERROR)));
    try (var wire = new Wire(proxy.address())) {
      for (int round = 0; round < 4; round++) {
        await()
            .until(
                () -> {
                  assertEquals("1", wire.text("GET", "a"));
                  return proxy.replicas().stream().filter(each -> each.share() > 0).count() == 2;
                });
        quorum.server(1).cli("CLIENT", "KILL", "TYPE", "normal");
        quorum.server(2).cli("CLIENT", "KILL", "TYPE", "normal");
        await().until(() -> proxy.replicas().stream().allMatch(each -> each.share() == 0));
      }
      assertEquals("1", wire.text("GET", "a"));
      assertTrue(proxy.replicas().stream().allMatch(each -> each.share() == 0), "still held off");
    }
  }

  /** A bound that one listener allows keeps a replica in use there, and there alone. */
  @Test
  void aReplicaBeyondTheStandardBoundServesThoseWhoAllowMore() throws Exception {
    startProxy(standard(REPLICAS), REPLICAS.withLagBound(LONG));
    try (var strict = new Wire(proxy.address());
        var loose = new Wire(proxy.furtherAddress(0))) {
      awaitRotation(strict, 2);
      relay.delay(Duration.ofSeconds(30));
      assertEquals("+OK", strict.text("SET", "b", "new"));
      await().until(() -> reads(strict)[0] == 300);
      assertEquals(0, reads(loose)[0]);
    }
  }

  @Test
  void aBoundInBytesCountsToo() throws Exception {
    startProxy(
        standard(REPLICAS.withLagBound(LONG)), REPLICAS.withLagBound(LONG).withLagBytesMax(5000));
    try (var any = new Wire(proxy.address());
        var bounded = new Wire(proxy.furtherAddress(0))) {
      awaitRotation(any, 2);
      assertEquals(0, reads(bounded)[0]);
      relay.delay(LONG);
      assertEquals("+OK", any.text("SET", "big", "x".repeat(6000)));
      await().until(() -> reads(bounded)[0] == 300);
      try (var other = new Wire(proxy.address())) {
        assertEquals(0, reads(other)[0]);
      }
    }
  }

  // ---- what is a read

  /** By the words of the server itself: flags, and what it says is done with each key. */
  @Test
  void onlyWhatTheServerSaysChangesNothingGoesToReplicas() throws Exception {
    startProxy(ReadSettings.STANDARD);
    var table = CommandReply.readOverBuiltIn(RespReader.read(raw("COMMAND")));
    CommandClasses classes = CommandClasses.of(table);
    var wrong = new ArrayList<String>();
    var kept = new ArrayList<String>();
    int reads = 0;
    for (CommandFacts top : table.commands()) {
      var all = new ArrayList<>(top.subcommands());
      all.add(top);
      for (CommandFacts facts : all) {
        CommandTraits traits = traits(classes, facts);
        boolean changes =
            facts.has(CommandFlag.WRITE)
                || facts.has(CommandFlag.MAY_REPLICATE)
                || facts.keySpecs().stream().anyMatch(ReadsIT::changesKeys);
        if (traits.route() == Route.ANY_NODE) {
          reads++;
          if (changes || !facts.has(CommandFlag.READONLY) || facts.has(CommandFlag.ADMIN)) {
            wrong.add(facts.name());
          }
        } else if (facts.has(CommandFlag.READONLY) && !changes && !facts.hasSubcommands()) {
          kept.add(facts.name());
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(reads > 70, "only " + reads);
    assertEquals(
        Set.of(
            "scan",
            "sscan",
            "hscan",
            "zscan",
            "touch",
            "object|freq",
            "object|idletime",
            "evalsha_ro"),
        Set.copyOf(kept),
        "reads that are the master's all the same");
  }

  private static CommandTraits traits(CommandClasses classes, CommandFacts facts) {
    CommandFacts parent = facts.parent();
    byte[] own = facts.ownName().getBytes(StandardCharsets.US_ASCII);
    return parent == null
        ? classes.find(own, own.length)
        : classes.findSubcommand(parent.nameBytes(), parent.nameBytes().length, own, own.length);
  }

  private static boolean changesKeys(KeySpec spec) {
    return spec.flags().stream()
        .anyMatch(flag -> Set.of("RW", "OW", "RM", "insert", "delete", "update").contains(flag));
  }

  private byte[] raw(String command) throws IOException {
    try (var socket = new Socket("127.0.0.1", quorum.server(0).port())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write((command + "\r\nQUIT\r\n").getBytes(StandardCharsets.US_ASCII));
      byte[] all = socket.getInputStream().readAllBytes();
      return Arrays.copyOf(all, all.length - "+OK\r\n".length());
    }
  }

  /** What is flagged as a read in one form and as a write in another. */
  @Test
  void formsThatStoreGoToTheMasterAndTheirReadOnlyTwinsToReplicas() throws Exception {
    startProxy(standard(REPLICAS.withLagBound(LONG)));
    try (var wire = new Wire(proxy.address())) {
      assertEquals(2L, wire.call("RPUSH", "l", "2", "1"));
      assertEquals(1L, wire.call("GEOADD", "g", "1", "1", "m"));
      awaitRotation(wire, 2);
      assertEquals(2L, wire.call("SORT", "l", "STORE", "d"));
      assertEquals("[1, 2]", wire.text("SORT", "l"));
      assertEquals("[1, 2]", wire.text("LRANGE", "d", "0", "-1"));
      assertEquals(1L, wire.call("GEORADIUS", "g", "1", "1", "9", "km", "STORE", "gd"));
      assertEquals(1L, wire.call("EVAL", "return redis.call('DEL', KEYS[1])", "1", "gd"));
      String sha = wire.text("SCRIPT", "LOAD", "return 7");
      assertEquals(7L, wire.call("EVALSHA_RO", sha, "0"), "which no replica has");
      await()
          .until(
              () -> {
                assertEquals("[1, 2]", wire.text("SORT_RO", "l"));
                assertEquals("[m]", wire.text("GEORADIUS_RO", "g", "1", "1", "9", "km"));
                assertEquals(1L, wire.call("EVAL_RO", "return 1", "0"));
                return calls(1, "sort_ro") + calls(2, "sort_ro") > 0
                    && calls(1, "georadius_ro") + calls(2, "georadius_ro") > 0
                    && calls(1, "eval_ro") + calls(2, "eval_ro") > 0;
              });
      // One on each replica is what the master replicated.
      assertEquals(2, calls(1, "sort") + calls(2, "sort"));
      assertEquals(2, calls(1, "georadius") + calls(2, "georadius"));
      assertEquals(0, calls(1, "eval") + calls(2, "eval"));
      assertEquals(0, calls(1, "evalsha_ro") + calls(2, "evalsha_ro"));
    }
  }

  @Test
  void statusTellsOfEachReplica() throws Exception {
    startProxy(standard(REPLICAS));
    try (var wire = new Wire(proxy.address())) {
      awaitRotation(wire, 2);
      reads(wire);
      String status = wire.text("HOLDFAST", "STATUS");
      for (int replica : new int[] {1, 2}) {
        assertTrue(
            status.contains("address=" + quorum.address(replica) + ",share=100%,why=none,age_ms="),
            status);
      }
      long reads = proxy.replicas().stream().mapToLong(each -> each.reads()).sum();
      assertTrue(reads >= 300, reads + " reads counted");
    }
  }
}
