package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.time.BootTicker;
import holdfast.routing.command.InDoubtPolicy;
import holdfast.routing.plan.DurabilityRule;
import holdfast.routing.read.ReadPolicy;
import java.io.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts what the demo needs, runs it, and cleans up after it however it ends. */
@Command(
    name = "demo",
    description = "Kill the master again and again under load, and show what clients notice.")
final class DemoCommand implements Callable<Integer> {
  private static final int NODES = 3;
  private static final int START_SECONDS_MAX = 60;
  private static final Pattern TIME = Pattern.compile("(\\d{1,6})(s|m|h|)");

  @Mixin Common common = new Common();

  @Option(
      names = "--for",
      paramLabel = "TIME",
      defaultValue = "0",
      description = "How long to run, as 60s or 5m (default: until Ctrl-C).")
  String length = "0";

  @Option(
      names = "--kill-every",
      paramLabel = "TIME",
      defaultValue = "8s",
      description = "From one kill to the next, at least 3s (default: ${DEFAULT-VALUE}).")
  String killEvery = "8s";

  @Option(
      names = "--backends",
      paramLabel = "KIND",
      defaultValue = "engine",
      description = "engine or redis (default: ${DEFAULT-VALUE}).")
  String backends = "engine";

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "24",
      description = "Clients, each with a connection of its own (default: ${DEFAULT-VALUE}).")
  int connections;

  @Option(
      names = "--writes-per-second",
      paramLabel = "N",
      defaultValue = "600",
      description = "Of all clients together (default: ${DEFAULT-VALUE}).")
  int writesPerSecond;

  @Option(
      names = "--reads",
      paramLabel = "POLICY",
      defaultValue = "master",
      description =
          "Who serves reads: master, replica-preferred or any (default: ${DEFAULT-VALUE}).")
  String reads = "master";

  @Option(
      names = "--durability",
      paramLabel = "K",
      defaultValue = "majority",
      description =
          "Replicas that must have a write before it is acknowledged: none, 1, 2 or majority"
              + " (default: ${DEFAULT-VALUE}).")
  String durability = "majority";

  @Option(names = "--log", description = "Log on standard error what voters and proxy do.")
  boolean log;

  @Override
  public Integer call() throws IOException, InterruptedException {
    long lengthNanos = nanos("--for", length);
    long killEveryNanos = nanos("--kill-every", killEvery);
    if (killEveryNanos < TimeUnit.SECONDS.toNanos(3)) {
      throw new UsageException("--kill-every " + killEvery + ": expected 3s or more");
    }
    BackendProcess.Kind kind = choice("--backends", backends, BackendProcess.Kind.values());
    ReadPolicy readPolicy = choice("--reads", reads, ReadPolicy.values());
    DurabilityRule rule = rule(durability);
    if (connections < 1 || writesPerSecond < 1) {
      throw new UsageException("--connections and --writes-per-second: expected 1 or more");
    }
    LoadProcess.requireAvailable();
    if (kind == BackendProcess.Kind.REDIS && !BackendProcess.redisIsInstalled()) {
      throw new UsageException(
          "redis-server is not installed: install it, or use --backends engine");
    }
    Log.configure(log ? "info" : "error");
    Path folder = Files.createTempDirectory("holdfast-demo-");
    var lifetime = new Lifetime();
    try {
      lifetime.add(() -> delete(folder));
      return run(lifetime, folder, kind, readPolicy, rule, lengthNanos, killEveryNanos);
    } finally {
      lifetime.close();
    }
  }

  private int run(
      Lifetime lifetime,
      Path folder,
      BackendProcess.Kind kind,
      ReadPolicy readPolicy,
      DurabilityRule rule,
      long lengthNanos,
      long killEveryNanos)
      throws IOException, InterruptedException {
    var ports = new Ports();
    System.out.println(
        "Starting 3 backends (" + backends + ", a process each), 3 voters and a proxy ...");
    List<BackendProcess> nodes = startBackends(lifetime, folder, kind, ports);
    List<NodeAddress> addresses = nodes.stream().map(BackendProcess::address).toList();
    var voters = new ArrayList<NodeAddress>();
    var folders = new ArrayList<Path>();
    for (int i = 0; i < NODES; i++) {
      voters.add(local(ports.any()));
      folders.add(folder.resolve("voter-" + (i + 1)));
    }
    VotersAndProxy.startVoters(lifetime, voters, addresses, folders, rule);
    NodeAddress listen = local(ports.any());
    VotersAndProxy.startProxy(lifetime, listen, voters, InDoubtPolicy.IDEMPOTENT, readPolicy);
    var view = new MasterView(voters);
    awaitSteady(view, nodes);
    System.out.println(
        "Proxy on "
            + listen
            + ": redis-cli -p "
            + listen.port()
            + " works too. Load: "
            + connections
            + " Jedis connections without retries in a process of their own, "
            + writesPerSecond
            + " writes/s of numbered values; reads: "
            + reads
            + ".");
    System.out.println(
        "in-doubt is idempotent: a SET whose reply was lost is sent again, which is sound here as each key"
            + " has one writer. durability is "
            + rule
            + (rule.replicas() == 0
                ? ": what a dying master had not sent on is lost, and counted below."
                : ": a write is acknowledged when "
                    + rule.replicasOf(NODES)
                    + " of 2 replicas have it."));
    LoadProcess load =
        lifetime.add(
            LoadProcess.start(
                listen, connections, writesPerSecond, 0.5, folder.resolve("load.log")));
    boolean terminal = isTerminal();
    var demo =
        new Demo(
            nodes,
            view,
            load,
            new DemoBoard(System.out, terminal, rule),
            BootTicker.system(),
            rule,
            lengthNanos,
            killEveryNanos);
    lifetime.add(demo::stop); // ended first: Ctrl-C still gets its summary
    return demo.run() ? ExitCode.OK : ExitCode.FAILED;
  }

  private static List<BackendProcess> startBackends(
      Lifetime lifetime, Path folder, BackendProcess.Kind kind, Ports ports) throws IOException {
    var nodes = new ArrayList<BackendProcess>();
    for (int i = 0; i < NODES; i++) {
      var node = new BackendProcess(kind, local(ports.any()), folder.resolve("backend-" + (i + 1)));
      node.start();
      nodes.add(lifetime.add(node));
    }
    return nodes;
  }

  @SuppressWarnings("SystemConsoleNull") // JDK 25 answers null again where there is no terminal
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** A master is named and all others follow it. */
  private static void awaitSteady(MasterView view, List<BackendProcess> nodes)
      throws IOException, InterruptedException {
    for (int tries = START_SECONDS_MAX * 10; tries > 0; tries--) {
      for (BackendProcess node : nodes) {
        if (!node.isAlive()) {
          String text = Files.readString(node.log());
          throw new IOException(
              "backend "
                  + node.address()
                  + " did not start: "
                  + text.strip().lines().reduce("", (_, b) -> b));
        }
      }
      if (view.current() != null) {
        long followers =
            nodes.stream().filter(n -> "up".equals(n.info().get("master_link_status"))).count();
        if (followers == nodes.size() - 1) {
          return;
        }
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new IOException(
        "no master with two replicas within " + START_SECONDS_MAX + " s; --log shows why");
  }

  private static DurabilityRule rule(String text) {
    return switch (text) {
      case "none", "0" -> DurabilityRule.NONE;
      case "majority" -> DurabilityRule.MAJORITY;
      case "1", "2" -> new DurabilityRule(Integer.parseInt(text));
      default ->
          throw new UsageException("--durability " + text + ": expected none, 1, 2 or majority");
    };
  }

  private static long nanos(String option, String text) {
    Matcher time = TIME.matcher(text);
    if (!time.matches()) {
      throw new UsageException(option + " " + text + ": expected a time, as 60s or 5m");
    }
    long seconds =
        Long.parseLong(time.group(1))
            * switch (time.group(2)) {
              case "m" -> 60;
              case "h" -> 3600;
              default -> 1;
            };
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  private static <E extends Enum<E>> E choice(String option, String text, E[] values) {
    var names = new ArrayList<String>();
    for (E value : values) {
      String name = value.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (name.equals(text)) {
        return value;
      }
      names.add(name);
    }
    throw new UsageException(option + " " + text + ": expected " + String.join(" or ", names));
  }

  private static NodeAddress local(int port) {
    return new NodeAddress("127.0.0.1", port);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.deleteIfExists(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
