package holdfast.bench.cost;

import holdfast.backend.link.LeaseKeeper;
import holdfast.backend.link.LinkSettings;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.time.BootTicker;
import holdfast.backend.transport.EventLoops;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * What three voters cost when many holders renew their leases: {@code HOLDERS SECONDS}. Three
 * redis-servers and three voters as processes on loopback; the holders are the production lease
 * keepers, all in this process, each with its own connections to each voter.
 */
public final class VoterCost {
  private static final int VOTERS = 3;
  private static final int BACKEND_PORT = 17_501;
  private static final int VOTER_PORT = 17_601;
  private static final int TICKS_PER_SECOND = 100; // USER_HZ
  private static final long WARM_UP_MILLIS = 15_000;
  private static final long HELD_WITHIN_MILLIS = 120_000;

  private VoterCost() {}

  /** Prints one row a voter. */
  public static void main(String[] words) throws Exception {
    int holders = Integer.parseInt(words[0]);
    int seconds = Integer.parseInt(words[1]);
    Path folder = Files.createTempDirectory("holdfast-cost-");
    var processes = new ArrayList<Process>();
    try {
      for (int i = 0; i < VOTERS; i++) {
        processes.add(backend(folder, i));
      }
      var voters = new ArrayList<Process>();
      for (int i = 0; i < VOTERS; i++) {
        voters.add(voter(folder, i));
      }
      processes.addAll(voters);
      measure(voters, holders, seconds);
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
    System.exit(0);
  }

  private static void measure(List<Process> voters, int count, int seconds)
      throws IOException, InterruptedException {
    List<NodeAddress> addresses = addresses(VOTER_PORT);
    EventLoops loops = EventLoops.start("holders", 1);
    var keepers = new ArrayList<LeaseKeeper>();
    var random = new Random(1);
    for (int i = 0; i < count; i++) {
      var keeper =
          new LeaseKeeper(
              loops,
              loops.loop(0),
              new NodeId("holder-" + i),
              addresses,
              LinkSettings.to(new InetSocketAddress(0)),
              BootTicker.system(),
              random,
              _ -> {});
      keepers.add(keeper);
      keeper.start();
      if (i % 20 == 0) {
        Thread.sleep(10); // not all in one moment: listen queues are finite
      }
    }
    long began = System.nanoTime();
    while (held(keepers) < count) {
      if (System.nanoTime() - began > HELD_WITHIN_MILLIS * 1_000_000) {
        throw new IllegalStateException(held(keepers) + " of " + count + " hold the lease");
      }
      Thread.sleep(100);
    }
    Thread.sleep(WARM_UP_MILLIS);
    long[] before = voters.stream().mapToLong(VoterCost::cpuTicks).toArray();
    long from = System.nanoTime();
    int leastHeld = count;
    for (int i = 0; i < seconds * 10; i++) {
      Thread.sleep(100);
      leastHeld = Math.min(leastHeld, held(keepers));
    }
    double elapsed = (System.nanoTime() - from) / 1e9;
    System.out.println(
        "load of the machine: " + Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]);
    System.out.println("| voter | holders | held at least | CPU % of a core | resident MiB |");
    System.out.println("|---|---|---|---|---|");
    for (int i = 0; i < voters.size(); i++) {
      double cpu = (cpuTicks(voters.get(i)) - before[i]) * 100.0 / TICKS_PER_SECOND / elapsed;
      System.out.printf(
          "| %d | %d | %d | %.1f | %d |%n",
          i + 1, count, leastHeld, cpu, residentMiB(voters.get(i)));
    }
  }

  private static int held(List<LeaseKeeper> keepers) {
    long now = BootTicker.system().nowNanos();
    int held = 0;
    for (LeaseKeeper keeper : keepers) {
      held += keeper.view().holds(keeper.view().epoch(), now) ? 1 : 0;
    }
    return held;
  }

  private static Process backend(Path folder, int index) throws IOException {
    Path data = Files.createDirectories(folder.resolve("backend" + index));
    return start(
        folder.resolve("backend" + index + ".log"),
        List.of(
            "redis-server",
            "--port",
            Integer.toString(BACKEND_PORT + index),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            data.toString(),
            "--repl-diskless-sync-delay",
            "0",
            "--replicaof",
            "127.0.0.1",
            "1"));
  }

  private static Process voter(Path folder, int index) throws IOException {
    List<NodeAddress> peers = new ArrayList<>(addresses(VOTER_PORT));
    NodeAddress self = peers.remove(index);
    Path config = folder.resolve("voter" + index + ".conf");
    Files.writeString(
        config,
        """
        durability = none
        admin.enabled = false
        voter { listen = "%s", data = "%s", peers = [%s], backends = [%s] }
        """
            .formatted(
                self,
                folder.resolve("voter" + index),
                quoted(peers),
                quoted(addresses(BACKEND_PORT))));
    return start(
        folder.resolve("voter" + index + ".log"),
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            // As the launcher runs a voter.
            "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders",
            "-Xms16m",
            "-Xmx192m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "holdfast.proxy.cli.Main",
            "voter",
            "-c",
            config.toString(),
            "--end-with-input"));
  }

  private static Process start(Path log, List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  private static List<NodeAddress> addresses(int port) {
    var addresses = new ArrayList<NodeAddress>();
    for (int i = 0; i < VOTERS; i++) {
      addresses.add(new NodeAddress("127.0.0.1", port + i));
    }
    return addresses;
  }

  private static String quoted(List<NodeAddress> addresses) {
    return addresses.stream().map(a -> "\"" + a + "\"").collect(Collectors.joining(", "));
  }

  private static long cpuTicks(Process process) {
    String[] fields = proc(process, "stat").replaceAll("^.*\\) ", "").split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  private static long residentMiB(Process process) {
    return proc(process, "status")
            .lines()
            .filter(line -> line.startsWith("VmRSS:"))
            .map(line -> line.replaceAll("\\D", ""))
            .mapToLong(Long::parseLong)
            .findFirst()
            .orElse(0)
        / 1024;
  }

  private static String proc(Process process, String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
    } catch (IOException e) {
      throw new IllegalStateException("process " + process.pid() + " has gone", e);
    }
  }
}
