package holdfast.bench.failover;

import holdfast.backend.testing.RedisServer;
import holdfast.routing.command.InDoubtPolicy;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;

/**
 * Switches under a mixed load by four client libraries, through a proxy for each policy in doubt
 * and, beside them, in their Sentinel mode without a proxy: what each saw, and what the last master
 * has. Half of the switches are crashes, a quarter hangs, a quarter planned.
 */
final class Hiding implements AutoCloseable {
  /** How a switch is brought about. */
  enum Cause {
    CRASH,
    HANG,
    PLANNED;

    static Cause of(int number) {
      return switch (number % 4) {
        case 1 -> HANG;
        case 3 -> PLANNED;
        default -> CRASH;
      };
    }
  }

  /**
   * What came of one kind of command of one load.
   *
   * @param missing acknowledged, and not in the data
   * @param duplicates in the data more often than can be explained
   */
  record Outcome(
      Way way, String library, String kind, MixedLoad.Seen seen, long missing, long duplicates) {}

  private static final List<String> REPEATABLE = List.of("set", "pipeline", "transaction");

  /** Of these nothing is left in the data: what was popped tells whether all was right. */
  private static final List<String> TRACELESS = List.of("pop", "publish");

  private final Cluster cluster;
  private final List<MixedLoad> loads = new ArrayList<>();
  private final List<Way> ways = new ArrayList<>();
  private final int[] switches = new int[Cause.values().length];

  /** Starts everything; every connection has had an answer when this returns. */
  Hiding(Path folder) throws Exception {
    cluster = new Cluster(folder, 1);
    cluster.awaitAllFollow();
    add("idempotent", Way.proxy("idempotent", cluster.startProxy(InDoubtPolicy.IDEMPOTENT)));
    add("once", Way.proxy("exactly-once", cluster.startProxy(InDoubtPolicy.EXACTLY_ONCE)));
    add("sentinel", Way.sentinels(cluster.voters()));
    for (MixedLoad load : loads) {
      load.awaitReady();
    }
  }

  private void add(String prefix, Way way) throws Exception {
    add(way, MixedThreads.jedis(prefix + ":jedis", way));
    add(way, MixedThreads.lettuce(prefix + ":lettuce", way));
    add(way, MixedProcess.ioredis(prefix + ":ioredis", way));
    add(way, MixedProcess.redisPy(prefix + ":redis-py", way));
  }

  private void add(Way way, MixedLoad load) {
    ways.add(way);
    loads.add(load);
  }

  /** Replaces the master once, and waits until all is as before. */
  void switchMaster(Cause cause) throws InterruptedException {
    RedisServer master = cluster.master();
    long epoch = cluster.record().epoch();
    switch (cause) {
      case CRASH -> master.kill9();
      case HANG -> master.sigstop();
      case PLANNED -> {
        if (!cluster.switchOver()) {
          throw new IllegalStateException("not switched over");
        }
      }
    }
    cluster.awaitEpoch(epoch + 1);
    switches[cause.ordinal()]++;
    TimeUnit.MILLISECONDS.sleep(500); // the load goes on while the old master is away
    switch (cause) {
      case CRASH -> master.restart();
      case HANG -> master.sigcont();
      case PLANNED -> {
        // it is there
      }
    }
    cluster.awaitAllFollow();
    TimeUnit.MILLISECONDS.sleep(500); // and when it is back
  }

  /** Ends the loads and compares what they saw with what the last master has. */
  List<Outcome> finish() throws Exception {
    var outcomes = new ArrayList<Outcome>();
    var seen = new ArrayList<Map<String, MixedLoad.Seen>>();
    for (MixedLoad load : loads) {
      seen.add(load.finish());
    }
    try (var direct = new Jedis("127.0.0.1", cluster.master().port(), 10_000)) {
      for (int i = 0; i < loads.size(); i++) {
        MixedLoad load = loads.get(i);
        Way way = ways.get(i);
        seen.get(i).forEach((kind, each) -> outcomes.add(outcome(direct, way, load, kind, each)));
      }
    }
    return outcomes;
  }

  private static Outcome outcome(
      Jedis direct, Way way, MixedLoad load, String kind, MixedLoad.Seen seen) {
    if (TRACELESS.contains(kind)) {
      return new Outcome(way, load.name(), kind, seen, 0, 0);
    }
    String key = load.prefix() + ":" + kind;
    long has = kind.equals("rpush") ? direct.llen(key) : number(direct.get(key));
    // Of those whose number is written, the last that was acknowledged is at least their count.
    long least = seen.acknowledged() * (kind.equals("pipeline") ? MixedLoad.PIPELINE : 1);
    long most = seen.acknowledged() + seen.failed();
    boolean counts = !REPEATABLE.contains(kind);
    return new Outcome(
        way,
        load.name(),
        kind,
        seen,
        Math.max(0, least - has),
        counts ? Math.max(0, has - most) : 0);
  }

  private static long number(String value) {
    return value == null ? 0 : Long.parseLong(value);
  }

  /** What came of all, as a Markdown table with a line for each library and way. */
  void print(List<Outcome> outcomes, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%d switches: %d crashes, %d hangs, %d planned%n%n",
        switches[0] + switches[1] + switches[2],
        switches[0],
        switches[1],
        switches[2]);
    out.println(
        "| way | library | acknowledged | errors: SET, pipelines, MULTI | errors: INCR | RPUSH |"
            + " EVAL | BLPOP | PUBLISH | wrong replies | acknowledged, missing | duplicates |"
            + " messages missed | twice |");
    out.println("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (int i = 0; i < loads.size(); i++) {
      Way way = ways.get(i);
      String library = loads.get(i).name();
      List<Outcome> its =
          outcomes.stream().filter(o -> o.way() == way && o.library().equals(library)).toList();
      out.printf(
          "| %s | %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d |%n",
          way.title(),
          library,
          its.stream().mapToLong(o -> o.seen().acknowledged()).sum(),
          REPEATABLE.stream().mapToLong(kind -> failed(its, kind)).sum(),
          failed(its, "incr"),
          failed(its, "rpush"),
          failed(its, "eval"),
          failed(its, "pop"),
          failed(its, "publish"),
          its.stream().mapToLong(o -> o.seen().wrong()).sum(),
          its.stream().mapToLong(Outcome::missing).sum(),
          its.stream().mapToLong(Outcome::duplicates).sum(),
          its.stream().mapToLong(o -> o.seen().missed()).sum(),
          its.stream().mapToLong(o -> o.seen().again()).sum());
    }
  }

  private static long failed(List<Outcome> outcomes, String kind) {
    return outcomes.stream()
        .filter(o -> o.kind().equals(kind))
        .mapToLong(o -> o.seen().failed())
        .sum();
  }

  @Override
  public void close() {
    loads.forEach(MixedLoad::close);
    cluster.close();
  }

  /** Arguments: how many switches. */
  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[0]);
    Path folder = Files.createTempDirectory("hiding");
    try (var hiding = new Hiding(folder)) {
      for (int i = 0; i < count; i++) {
        hiding.switchMaster(Cause.of(i));
        System.err.print('.');
        System.err.println("SWITCHED " + Cause.of(i) + java.time.LocalTime.now());
        Thread.sleep(4000);
      }
      List<Outcome> outcomes = hiding.finish();
      hiding.print(outcomes, System.out);
      outcomes.stream()
          .filter(
              o ->
                  o.way().isDirect()
                      && (o.seen().wrong() > 0
                          || o.seen().missed() > 0
                          || o.kind().equals("publish")))
          .forEach(
              o -> System.out.println(o.way().title() + " " + o.library() + o.kind() + o.seen()));
    }
    System.exit(0);
  }
}
