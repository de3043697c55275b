package holdfast.bench.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A backend and a proxy on each host, a voter on each or on the first few: their processes, and
 * what they say of themselves.
 */
final class Deployment implements AutoCloseable {
  static final int BACKEND_PORT = 7000;
  static final int VOTER_PORT = 26379;
  static final int PROXY_PORT = 6379;
  private static final int ASK_MILLIS = 1000;
  private static final int SWITCHOVER_MILLIS = 30_000;

  /** What stands behind the proxies. */
  enum Kind {
    REDIS,
    ENGINE
  }

  private final Kind kind;
  private final String durability;
  private final JavaParts holders;
  private final Path folder;

  /** The hosts from the first on that have a voter: all, unless a property says fewer. */
  static final int VOTERS = Integer.getInteger("holdfast.bench.voters", Hosts.COUNT);

  private final Hosts hosts;
  private final Map<Integer, HostProcess> backends = new HashMap<>();
  private final Map<Integer, HostProcess> voters = new HashMap<>();
  private final Map<Integer, HostProcess> proxies = new HashMap<>();
  private final Load load;

  private Deployment(Kind kind, String durability, JavaParts holders, Hosts hosts, Path folder) {
    this.kind = kind;
    this.holders = holders;
    this.durability = durability;
    this.hosts = hosts;
    this.folder = folder;
    this.load = new Load(folder, JavaParts.asBuilt());
  }

  /**
   * Starts everything on five new hosts; it may take a while until it is in step.
   *
   * @param durability how many replicas must have a write, as the configuration says it
   * @param holders the classes of those who hold a lease: proxies, and engines
   */
  static Deployment start(Kind kind, String durability, JavaParts holders) throws IOException {
    Hosts hosts = Hosts.build();
    try {
      Path folder = Hosts.FOLDER.resolve("run");
      delete(folder);
      Files.createDirectories(folder);
      var deployment = new Deployment(kind, durability, holders, hosts, folder);
      for (int host = 1; host <= Hosts.COUNT; host++) {
        deployment.prepare(host);
      }
      for (int host = 1; host <= Hosts.COUNT; host++) {
        for (HostProcess part : deployment.parts(host)) {
          part.start();
        }
      }
      return deployment;
    } catch (IOException | RuntimeException e) {
      hosts.close();
      throw e;
    }
  }

  private void prepare(int host) throws IOException {
    Path config = folder.resolve("host" + host + ".conf");
    Files.writeString(config, configuration(host));
    // A file system of its own, so that it can be full.
    Path data = Files.createDirectories(voterFolder(host));
    Commands.run("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", data.toString());
    backends.put(host, process(host, "backend", backendCommand(host, config)));
    if (host <= VOTERS) {
      voters.put(host, process(host, "voter", part(JavaParts.asBuilt(), "voter", config)));
    }
    proxies.put(host, process(host, "proxy", part(holders, "proxy", config)));
  }

  private HostProcess process(int host, String name, List<String> command) {
    return new HostProcess(host, name, command, folder.resolve(name + host + ".log"));
  }

  private static List<String> part(JavaParts java, String name, Path config) {
    return java.command(
        "holdfast.proxy.cli.Main", List.of(name, "-c", config.toString(), "--end-with-input"));
  }

  private List<String> backendCommand(int host, Path config) throws IOException {
    Files.createDirectories(backendFolder(host));
    if (kind == Kind.ENGINE) {
      return part(holders, "engine", config);
    }
    var command = new ArrayList<>(List.of("redis-server", "--port", "" + BACKEND_PORT));
    command.addAll(List.of("--bind", Hosts.address(host), "--protected-mode", "no"));
    command.addAll(List.of("--save", "", "--appendonly", "yes"));
    command.addAll(List.of("--dir", backendFolder(host).toString()));
    command.addAll(List.of("--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", "1"));
    return command;
  }

  private String configuration(int host) {
    return """
        topology = quorum
        durability = %s
        in-doubt = error
        allow-off-loopback = true
        admin.enabled = false
        proxy { name = "p%d", listen = "127.0.0.1:%d", loops = 1, voters = [%s] }
        engine { listen = "%s", data = "%s" }
        %s
        """
        .formatted(
            durability,
            host,
            PROXY_PORT,
            addresses(VOTER_PORT, VOTERS, 0),
            Hosts.address(host) + ":" + BACKEND_PORT,
            backendFolder(host),
            host <= VOTERS ? voter(host, Hosts.address(host) + ":" + VOTER_PORT) : "");
  }

  private String voter(int host, String listen) {
    return "voter { listen = \"%s\", data = \"%s\", peers = [%s], backends = [%s] }"
        .formatted(
            listen,
            voterFolder(host),
            addresses(VOTER_PORT, VOTERS, host),
            addresses(BACKEND_PORT, Hosts.COUNT, 0));
  }

  private static String addresses(int port, int hosts, int without) {
    return IntStream.rangeClosed(1, hosts)
        .filter(host -> host != without)
        .mapToObj(host -> "\"" + Hosts.address(host) + ":" + port + "\"")
        .collect(Collectors.joining(", "));
  }

  Path voterFolder(int host) {
    return folder.resolve("voter" + host);
  }

  private Path backendFolder(int host) {
    return folder.resolve("data" + host);
  }

  Kind kind() {
    return kind;
  }

  String durability() {
    return durability;
  }

  Hosts hosts() {
    return hosts;
  }

  Load load() {
    return load;
  }

  Path folder() {
    return folder;
  }

  HostProcess backend(int host) {
    return of(backends, host);
  }

  HostProcess voter(int host) {
    return of(voters, host);
  }

  HostProcess proxy(int host) {
    return of(proxies, host);
  }

  /** Whatever runs there. */
  private List<HostProcess> parts(int host) {
    return Stream.of(backends, voters, proxies)
        .map(parts -> parts.get(host))
        .filter(Objects::nonNull)
        .toList();
  }

  private static HostProcess of(Map<Integer, HostProcess> parts, int host) {
    HostProcess part = parts.get(host);
    if (part == null) {
      throw new IllegalArgumentException("there is no host " + host);
    }
    return part;
  }

  /** What a backend kept on disk is gone. */
  void wipe(int host) throws IOException {
    delete(backendFolder(host));
    Files.createDirectories(backendFolder(host));
  }

  // ---- what the parts say; null if they do not answer

  @Nullable Object askBackend(int host, String... words) {
    return ask(Hosts.outside(), Hosts.address(host), BACKEND_PORT, words);
  }

  /** HOLDFAST STATUS of a voter; empty if it does not answer. */
  Map<String, String> voterStatus(int host) {
    Object reply = ask(Hosts.outside(), Hosts.address(host), VOTER_PORT, "HOLDFAST", "STATUS");
    return fields(reply, ": ");
  }

  @Nullable Object askVoter(int host, String... words) {
    return ask(Hosts.outside(), Hosts.address(host), VOTER_PORT, words);
  }

  /** HOLDFAST STATUS of a proxy; empty if it does not answer. */
  Map<String, String> proxyStatus(int host) {
    Object reply = ask(Hosts.namespace(host), "127.0.0.1", PROXY_PORT, "HOLDFAST", "STATUS");
    var fields = new HashMap<String, String>();
    if (reply instanceof List<?> pairs) {
      for (int i = 0; i + 1 < pairs.size(); i += 2) {
        fields.put(String.valueOf(pairs.get(i)), String.valueOf(pairs.get(i + 1)));
      }
    }
    return fields;
  }

  /** INFO of a backend; empty if it does not answer. */
  Map<String, String> info(int host) {
    return fields(askBackend(host, "INFO"), ":");
  }

  private static Map<String, String> fields(@Nullable Object text, String separator) {
    var fields = new HashMap<String, String>();
    if (text instanceof String lines) {
      for (String line : lines.lines().toList()) {
        int at = line.indexOf(separator);
        if (at > 0) {
          fields.put(line.substring(0, at), line.substring(at + separator.length()).strip());
        }
      }
    }
    return fields;
  }

  private static @Nullable Object ask(String from, String host, int port, String... words) {
    try {
      return NetworkNamespace.in(from, () -> RespSocket.ask(host, port, ASK_MILLIS, words));
    } catch (IOException e) {
      return null;
    } catch (Exception e) {
      throw new IllegalStateException(host + ":" + port, e);
    }
  }

  /**
   * A planned switchover, asked of the voter on that host, or of the next that may lead one: a
   * voter that has just started may not. Returns when it has ended.
   */
  String switchOver(int host) throws Exception {
    for (int turn = 0; ; turn++) {
      int asked = (host - 1 + turn) % VOTERS + 1;
      Object said =
          NetworkNamespace.in(
              Hosts.outside(),
              () ->
                  RespSocket.ask(
                      Hosts.address(asked), VOTER_PORT, SWITCHOVER_MILLIS, "HOLDFAST", "FAILOVER"));
      if (!(said instanceof RespSocket.Err(var text))) {
        return String.valueOf(said);
      }
      if (!text.contains("ask another one") || turn == VOTERS - 1) {
        throw new IllegalStateException("HOLDFAST FAILOVER: " + text);
      }
    }
  }

  /** Waits until a proxy holds a lease. */
  void awaitProxy(int host, Duration timeout) throws InterruptedException {
    long began = System.nanoTime();
    while (!"yes".equals(proxyStatus(host).get("lease_held"))) {
      if (System.nanoTime() - began > timeout.toNanos()) {
        throw new IllegalStateException("the proxy of host " + host + " holds no lease");
      }
      Thread.sleep(50);
    }
  }

  /**
   * After a stop of everything the voters may have no way to tell which backend is the most
   * advanced (a Redis that loads an append-only file has a new replication id): then they say so,
   * and an operator names the last master.
   */
  void decideIfAsked(int master, Duration timeout) throws InterruptedException {
    long began = System.nanoTime();
    while (System.nanoTime() - began < timeout.toNanos() && !Harmony.of(this).reached()) {
      for (int host = 1; host <= VOTERS; host++) {
        if (voterStatus(host).getOrDefault("notice", "").contains("no recorded history")) {
          askVoter(host, "HOLDFAST", "DECIDE", Hosts.address(master) + ":" + BACKEND_PORT);
          return;
        }
      }
      Thread.sleep(200);
    }
  }

  /** All packets arrive, and whatever does not run is started again. */
  void heal() {
    hosts.heal();
    for (int host = 1; host <= Hosts.COUNT; host++) {
      for (HostProcess part : parts(host)) {
        part.resume();
        if (!part.isAlive()) {
          part.start();
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    hosts.close();
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.deleteIfExists(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
