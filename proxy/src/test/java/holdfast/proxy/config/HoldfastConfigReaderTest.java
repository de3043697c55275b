package holdfast.proxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigResolveOptions;
import holdfast.backend.model.NodeAddress;
import holdfast.proxy.config.HoldfastConfig.Auth;
import holdfast.proxy.config.HoldfastConfig.InDoubt;
import holdfast.proxy.config.HoldfastConfigReader.Outcome;
import holdfast.proxy.config.HoldfastConfigReader.Part;
import holdfast.routing.plan.DurabilityRule;
import holdfast.routing.read.Otherwise;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import holdfast.routing.read.ReadSettings;
import holdfast.routing.read.ReadSettings.ReadClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HoldfastConfigReaderTest {
  private static final Path SHIPPED = Path.of("../conf/holdfast.conf");

  private final Map<String, String> variables = new HashMap<>();
  private final Map<String, String> files = new HashMap<>();

  @Test
  void shippedFileSaysWhatTheDefaultsAre() throws IOException {
    HoldfastConfig shipped = valid(Files.readString(SHIPPED), null);

    assertEquals(HoldfastConfigReader.defaults(), shipped);
  }

  @Test
  void shippedFileNamesEveryOption() throws IOException {
    var named = new TreeSet<String>();
    ConfigFactory.parseString(Files.readString(SHIPPED))
        .resolve(ConfigResolveOptions.noSystem())
        .entrySet()
        .forEach(entry -> named.add(entry.getKey()));

    assertEquals(new TreeSet<>(HoldfastConfigReader.names()), named);
  }

  @Test
  void sampleForThreeServersSuitsVoterAndProxy() throws IOException {
    String sample = Files.readString(Path.of("../conf/three-redis.conf"));

    assertEquals(3, valid(sample, Part.VOTER).voter().backends().size());
    assertEquals(1, valid(sample, Part.PROXY).proxy().voters().size());
  }

  @Test
  void takesTimesSizesAddressesAndChoicesAsWritten() {
    HoldfastConfig config =
        valid(
            """
            in-doubt = idempotent
            hold { window = 1500ms, client-bytes = 64KB }
            proxy.listen = "[::1]:7000"
            voter {
              peers = ["a:1", "b:2"]
              backends = ["c:3", { address = "d:4", priority = 0 }]
            }
            """,
            Part.VOTER);

    assertEquals(InDoubt.IDEMPOTENT, config.inDoubt());
    assertEquals(1_500_000_000L, config.hold().windowNanos());
    assertEquals(65536, config.hold().clientBytesMax());
    assertEquals(new NodeAddress("::1", 7000), config.proxy().listen());
    assertEquals(List.of(new NodeAddress("a", 1), new NodeAddress("b", 2)), config.voter().peers());
    assertEquals(100, config.voter().backends().get(0).priority());
    assertEquals(0, config.voter().backends().get(1).priority());
  }

  @Test
  void tellsFileLineKeyValueAndFixOfEachProblemAtOnce() {
    List<String> lines =
        problems(
            """
            in-doubt = sometimes
            hold.window = 10
            proxy {
              loops = -1
              lisen = "127.0.0.1:1"
            }
            """);

    assertEquals(
        List.of(
            "x.conf:1: in-doubt = sometimes: expected error or exactly-once or idempotent",
            "x.conf:2: hold.window = 10: expected a time from 1ms to 1h with its unit (250ms, 2s)",
            "x.conf:4: proxy.loops = -1: expected a whole number from 0 to 256",
            "x.conf:5: proxy.lisen: no such option; did you mean proxy.listen?"),
        lines);
  }

  @Test
  void readsAreSaidInGeneralForListenersForBackendsAndForCommands() {
    HoldfastConfig config =
        valid(
            """
            reads {
              policy = nearest, lag-bound = 1s, lag-bytes = 64KB, otherwise = wait
              zone = b, master-limit = 50
              backends = [{ address = "r:1", zone = b, weight = 3 }, { address = "s:1", weight = 0 }]
              classes = [{ commands = ["@slow", "HGETALL"], policy = replica-only }]
            }
            proxy.listeners = [
              { listen = "127.0.0.1:7001" }
              { listen = "127.0.0.1:7002"
                reads { policy = any, lag-bound = 3s, lag-bytes = 0B, read-your-writes = no } }
            ]
            """,
            Part.PROXY);

    ReadSettings reads = config.reads().spread();
    var rule = new ReadRule(ReadPolicy.NEAREST, Duration.ofSeconds(1), 65536, true, Otherwise.WAIT);
    assertEquals(rule, reads.standard());
    assertEquals("b", reads.zone());
    assertEquals(50, reads.masterReadsMax());
    assertTrue(reads.isNear(new NodeAddress("r", 1)));
    assertEquals(3, reads.weightOf(new NodeAddress("r", 1)));
    assertEquals(0, reads.weightOf(new NodeAddress("s", 1)));
    assertEquals(1, reads.weightOf(new NodeAddress("t", 1)));
    assertEquals(
        List.of(new ReadClass(List.of("@slow", "hgetall"), ReadPolicy.REPLICA_ONLY)),
        reads.classes());
    var listeners = config.proxy().ways().listeners();
    assertEquals(rule, listeners.get(0).reads());
    assertEquals(
        new ReadRule(
            ReadPolicy.ANY, Duration.ofSeconds(3), ReadRule.ANY_BYTES, false, Otherwise.WAIT),
        listeners.get(1).reads());
  }

  @Test
  void refusesReadsAndListenersThatMeanNothing() {
    assertProblem(
        "reads.policy = slaves",
        "expected any or master or nearest or replica-only or replica-preferred");
    assertProblem("reads.otherwise = pray", "expected error or master or wait");
    assertProblem(
        "reads.backends = [{ zone = a }]",
        "reads.backends.address: expected an address as host:port");
    assertProblem(
        "reads.backends = [{ address = \"r:1\", weight = 101 }]", "reads.backends.weight");
    assertProblem(
        "reads.backends = [{ address = \"r:1\" }, { address = \"r:1\" }]", "r:1 is named twice");
    assertProblem("reads.backends = here", "expected a list: [{ address");
    assertProblem("reads.classes = [{ policy = any }]", "reads.classes.commands");
    assertProblem("reads.classes = [{ commands = get, police = any }]", "did you mean policy?");
    assertProblem(
        "reads { sampling = 100ms, lag-bound = 199ms }", "at most half of reads.lag-bound");
    assertProblem(
        "proxy.listeners = [{ listen = \"127.0.0.1:1\", reads.lag-bound = 39ms }]",
        "at least twice reads.sampling");
    assertProblem("proxy.listeners = [7]", "expected { listen = ");
    assertProblem(
        "proxy.listeners = [{ tls = false }]",
        "proxy.listeners.listen: expected an address as host:port");
    assertProblem(
        "proxy.listeners = [{ listen = \"127.0.0.1:7\", tls = true }]", "tls needs proxy.tls");
    assertProblem("proxy.listeners = [{ listen = \"127.0.0.1:6379\" }]", "is listened on already");
    assertProblem(
        "proxy.listeners = [{ listen = \"10.0.0.1:7000\" }]", "anybody who reaches this address");
    assertProblem(
        "proxy.listeners = ["
            + String.join(",", Collections.nCopies(17, "{ listen = \"127.0.0.1:7000\" }"))
            + "]",
        "at most 16");
  }

  @Test
  void refusesAPasswordOfItsOwnWhereBackendsCheckUsers() {
    assertProblem("proxy { auth = backend, password = x }", "proxy.auth");
    assertEquals(Auth.BACKEND, valid("proxy.auth = backend", Part.PROXY).proxy().auth());
  }

  @Test
  void tlsOfOurOwnPortsNeedsWhatBothEndsShow() {
    String files = "certificate = c, key = k, authorities = a";
    assertProblem("voter.tls { certificate = c }", "certificate and key go together");
    assertProblem(
        "voter.tls { enabled = true, certificate = c, key = k }", "voter.tls.authorities");
    assertProblem("voter.tls { enabled = true, authorities = a }", "needs voter.tls.certificate");
    String optional =
        "voter.tls { enabled = true, authorities = a, client-certificates = optional }\n";
    assertTrue(valid(optional, Part.PROXY).voter().tls().enabled(), "a proxy need not show one");
    assertTrue(
        problems("durability = none, voter.backends = [\"b:1\"]\n" + optional, Part.VOTER)
            .toString()
            .contains("voter.tls.certificate"));
    assertProblem("engine.tls { enabled = true, " + files + " }", "needs backends.tls.enabled");
    assertProblem(
        "backends.tls.enabled = true, engine.tls { enabled = true, " + files + " }",
        "needs backends.tls.certificate");
    String backends = "backends.tls { enabled = true, " + files + " }\n";
    assertProblem(
        backends + "engine.tls { enabled = true, client-certificates = none }",
        "needs engine.tls.certificate");
    assertTrue(valid(backends, Part.ENGINE).backends().tlsEnabled());
    valid(backends + "engine.tls { enabled = true, " + files + " }", Part.ENGINE);
  }

  /** A required certificate keeps strangers out as a password does; one that is not does not. */
  @Test
  void certificatesOfThoseWhoConnectAllowToListenToTheNetwork() {
    String tls = "tls { enabled = true, certificate = c, key = k, authorities = a";
    String backends = "backends." + tls + " }\n";
    for (String part : List.of("voter", "engine")) {
      String listen = backends + part + " { listen = \"10.0.0.1:7000\", " + tls;
      assertProblem(listen + ", client-certificates = optional } }", "anybody who reaches");
      valid(listen + " } }", null);
    }
  }

  @Test
  void readsWhatIsRepeatedBeyondWhatIsKnown() {
    HoldfastConfig config =
        valid("repeat { also = [INCR, del], never = \"set, config|set\" }", null);
    assertEquals(Set.of("incr", "del"), config.repeats().also());
    assertEquals(Set.of("set", "config|set"), config.repeats().never());
    assertProblem("repeat { also = [set], never = [set] }", "name it in one of them");
    assertProblem("repeat.also = [[a]]", "expected names of commands");
    assertProblem("repeat.never { a = 1 }", "expected names of commands");
  }

  @Test
  void refusesEveryKindOfWrongType() {
    assertProblem("proxy.loops = [1]", "proxy.loops: expected a whole number");
    assertProblem("proxy.loops = many", "expected a whole number from 0 to 256");
    assertProblem("proxy = 5", "expected a section: proxy { ... }");
    assertProblem("proxy.listen { a = 1 }", "proxy.listen: expected an address as host:port");
    assertProblem("proxy.listen = 6379", "expected an address as host:port");
    assertProblem("proxy.listen = \"h:70000\"", "the port 1 to 65535");
    assertProblem("admin.enabled = maybe", "expected true or false");
    assertProblem("proxy.name = \"a b\"", "1 to 64 letters");
    assertProblem("voter.master-name = \"a b\"", "one word");
    assertProblem("hold.window = 1week", "with its unit");
    assertProblem("hold.window = 99999999999999999d", "with its unit");
    assertProblem("engine.backlog = 1TB", "expected a size from 16KB to 1GB");
    assertProblem("proxy.buffer-bytes = 64", "a size from 0B to 64GB with its unit");
    assertProblem("proxy.buffer-bytes = 1023KB", "expected 0B or at least 1MB");
    assertEquals(1 << 20, valid("proxy.buffer-bytes = 1MB", null).proxy().bufferBytesMax());
    assertProblem("voter.backends = 7", "expected a list of addresses");
    assertProblem("voter.backends = [7]", "expected addresses as");
    assertProblem("voter.backends = [\"a:1\", \"a:1\"]", "named twice");
    assertProblem("voter.backends = [{address = \"a:1\", prio = 1}]", "no such option");
    assertProblem("backends.password = [a]", "backends.password: expected text");
  }

  @Test
  void refusesTextThatIsNoConfiguration() {
    assertProblem("a {", "x.conf:1: expecting");
    assertProblem("proxy.listen = ${NOWHERE}", "NOWHERE");
  }

  @Test
  void refusesOptionsThatContradictEachOther() {
    assertProblem(
        "hold { client-bytes = 2MB, total-bytes = 1MB }", "no more than hold.total-bytes");
    assertProblem("proxy.backend = \"a:1\"", "or set topology = static");
    assertProblem("voter { ping = 2s, down-after = 1s }", "at most half of voter.down-after");
    assertProblem("voter { lease = 100ms, engine-lease = 200ms }", "no more than voter.lease");
    assertProblem("voter.peers = [\"127.0.0.1:26379\", \"a:1\"]", "take out 127.0.0.1:26379");
    assertProblem("voter.peers = [\"a:1\"]", "they make 2; expected 1, 3 or 5");
    assertProblem("backends.user = me", "needs backends.password too");
    assertProblem("voter.quorum = 2", "there are only 1 voters");
  }

  @Test
  void refusesToListenToStrangersUnlessAllowed() {
    assertProblem("proxy.listen = \"0.0.0.0:6379\"", "allow-off-loopback = true");
    assertProblem("engine.listen = \"10.0.0.1:6380\"", "set engine.password");
    valid("engine { listen = \"10.0.0.1:6380\", password = x }", Part.ENGINE);
    assertProblem("admin.listen = \"10.0.0.1:80\"", "allow-off-loopback = true");
    assertProblem("voter.listen = \"10.0.0.1:26379\"", "set voter.secret");
    valid("voter { listen = \"10.0.0.1:26379\", secret = x }", null);
    assertProblem("voter.admin-listen = \"10.0.0.1:80\"", "allow-off-loopback = true");
    valid("allow-off-loopback = true\nvoter.listen = \"10.0.0.1:26379\"", null);
    valid("allow-off-loopback = true\nproxy.listen = \"0.0.0.0:6379\"", Part.PROXY);
  }

  @Test
  void saysWhatIsNotBuiltYet() {
    assertProblem("topology = sentinel", "not built yet");
  }

  @Test
  void durabilityIsAMajorityUnlessSaidOtherwise() {
    assertEquals(DurabilityRule.MAJORITY, valid("", Part.PROXY).durability());
    assertEquals(DurabilityRule.NONE, valid("durability = none", Part.PROXY).durability());
    assertEquals(new DurabilityRule(2), valid("durability = 2", Part.PROXY).durability());
    String three = "voter.backends = [\"a:1\", \"b:2\", \"c:3\"]\n";
    assertEquals(1, valid(three, Part.VOTER).replicasRequired());
    assertEquals(2, valid(three + "durability = 2", Part.VOTER).replicasRequired());
    assertTrue(
        problems(three + "durability = 3", Part.VOTER).getFirst().contains("only 2 of voter"));
  }

  @Test
  void refusesADurabilityThatCannotBe() {
    assertProblem("durability = some", "expected none, majority or a number of replicas");
    assertProblem("durability = -1", "expected none, majority or a number of replicas");
    assertProblem("topology = static\nproxy.backend = \"a:1\"\ndurability = 1", "no replicas");
    valid("topology = static\nproxy.backend = \"a:1\"", Part.PROXY);
  }

  @Test
  void tellsAPartWhatItLacks() {
    assertTrue(problems("topology = static", Part.PROXY).getFirst().contains("proxy.backend"));
    assertTrue(problems("proxy.voters = []", Part.PROXY).getFirst().contains("proxy.voters"));
    assertTrue(problems("", Part.VOTER).getFirst().contains("voter.backends"));
    assertTrue(
        problems("voter.backends = [{address = \"a:1\", priority = 0}]", Part.VOTER)
            .getFirst()
            .contains("none may be promoted"));
    valid("", Part.ENGINE);
  }

  @Test
  void takesValuesFromTheEnvironment() {
    variables.put("PORT_OF_MINE", "127.0.0.1:7777");
    variables.put("PEERS", "a:1, b:2");
    HoldfastConfig config =
        valid(
            "proxy.listen = \"127.0.0.1:1\"\nproxy.listen = ${?PORT_OF_MINE}\nvoter.peers = ${?PEERS}\n"
                + "proxy.loops = ${?NOT_SET}",
            null);

    assertEquals(7777, config.proxy().listen().port());
    assertEquals(2, config.voter().peers().size());
    assertEquals(0, config.proxy().loops());
    assertEquals(HoldfastConfig.WayToKernel.AUTO, config.proxy().transport());
  }

  @Test
  void namesTheVariableThatHoldsAWrongValue() {
    variables.put("LOOPS", "lots");

    assertProblem("proxy.loops = ${?LOOPS}", "environment variable LOOPS: proxy.loops = lots");
  }

  @Test
  void readsSecretsFromFilesAndShowsThemNowhere() {
    files.put("/run/secret", "sesame\n");
    HoldfastConfig config = valid("backends.password-file = \"/run/secret\"", null);

    assertEquals("sesame", config.backends().password().reveal());
    HoldfastConfig voter = valid("voter.secret-file = \"/run/secret\"", null);
    assertEquals("sesame", voter.voter().secret().reveal());
    assertFalse(voter.toString().contains("sesame"));
    assertFalse(config.toString().contains("sesame"));
    assertProblem("backends.password-file = \"/nowhere\"", "expected a file that can be read");
    List<String> both = problems("backends { password = sesame, password-file = \"/run/secret\" }");
    assertTrue(both.getFirst().contains("not both"), both.toString());
    assertFalse(both.toString().contains("sesame"));
  }

  private void assertProblem(String text, String part) {
    List<String> lines = problems(text);
    assertEquals(1, lines.size(), lines.toString());
    assertTrue(
        lines
            .getFirst()
            .toLowerCase(java.util.Locale.ROOT)
            .contains(part.toLowerCase(java.util.Locale.ROOT)),
        lines.getFirst());
    assertFalse(lines.getFirst().contains("\n"));
  }

  private List<String> problems(String text) {
    return problems(text, null);
  }

  private List<String> problems(String text, @Nullable Part part) {
    var invalid = assertInstanceOf(Outcome.Invalid.class, read(text, part), text);
    return invalid.problems().stream().map(Problem::oneLine).toList();
  }

  private HoldfastConfig valid(String text, @Nullable Part part) {
    Outcome outcome = read(text, part);
    return assertInstanceOf(Outcome.Valid.class, outcome, outcome.toString()).config();
  }

  private Outcome read(String text, @Nullable Part part) {
    return HoldfastConfigReader.read(
        text,
        "x.conf",
        part,
        new Surroundings() {
          @Override
          public @Nullable String variable(String name) {
            return variables.get(name);
          }

          @Override
          public String secretFile(String path) throws IOException {
            String text = files.get(path);
            if (text == null) {
              throw new IOException("no such file");
            }
            return text;
          }
        });
  }
}
