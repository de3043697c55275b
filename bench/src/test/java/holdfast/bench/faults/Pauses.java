package holdfast.bench.faults;

import holdfast.bench.history.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How long clients waited in each of many faults of one kind: the longest time, after the fault
 * began, in which no client's write was acknowledged. {@code KIND DURABILITY TIMES FAULT ...}
 */
public final class Pauses {
  private static final Duration BETWEEN = Duration.ofMillis(1500);
  private static final Duration LONG_ENOUGH = Duration.ofMillis(3000);

  /** What is measured. */
  enum Fault {
    KILL("kill -9 of the master") {
      @Override
      void begin(Deployment at, int master) {
        at.backend(master).kill();
      }
    },
    STOP("SIGSTOP of the master") {
      @Override
      void begin(Deployment at, int master) {
        at.backend(master).stop();
      }
    },
    CUT("master alone, with its clients and their lease") {
      @Override
      void begin(Deployment at, int master) {
        at.hosts().cut(java.util.Set.of(master));
      }
    },
    PLANNED("planned switchover") {
      @Override
      void begin(Deployment at, int master) throws Exception {
        at.switchOver(master);
      }
    };

    private final String text;

    Fault(String text) {
      this.text = text;
    }

    abstract void begin(Deployment at, int master) throws Exception;
  }

  private Pauses() {}

  /** Prints a row for each fault. */
  public static void main(String[] words) throws Exception {
    var kind = Deployment.Kind.valueOf(words[0]);
    int times = Integer.parseInt(words[2]);
    try (Deployment at = Deployment.start(kind, words[1], JavaParts.asBuilt())) {
      System.out.println("| backend, durability | fault | times | median / p90 / max ms | all |");
      System.out.println("|---|---|---|---|---|");
      for (int i = 3; i < words.length; i++) {
        Fault fault = Fault.valueOf(words[i]);
        List<Long> pauses = measure(at, fault, times);
        System.out.println(
            row(kind.name().toLowerCase(Locale.ROOT) + ", " + words[1], fault, pauses));
      }
    }
    System.exit(0);
  }

  private static List<Long> measure(Deployment at, Fault fault, int times) throws Exception {
    var begins = new ArrayList<Long>();
    Harmony.await(at, Scenario.HEALTHY_AGAIN);
    at.load().begin("pause" + System.nanoTime());
    for (int i = 0; i < times; i++) {
      Harmony harmony = Harmony.await(at, Scenario.HEALTHY_AGAIN);
      Thread.sleep(BETWEEN);
      begins.add(System.nanoTime());
      fault.begin(at, harmony.master());
      Thread.sleep(LONG_ENOUGH);
      at.heal();
    }
    Harmony.await(at, Scenario.HEALTHY_AGAIN);
    List<Long> acknowledged =
        at.load().finish().stream()
            .filter(seen -> seen.isWrite() && seen.isOk())
            .map(Seen::operation)
            .map(Operation::completedNanos)
            .sorted()
            .toList();
    return begins.stream().map(begin -> longestAfter(begin, acknowledged) / 1_000_000).toList();
  }

  /** Longest time between two neighbours of which the later is within the fault. */
  static long longestAfter(long begin, List<Long> acknowledged) {
    long end = begin + LONG_ENOUGH.toNanos() + BETWEEN.toNanos();
    long longest = 0;
    for (int i = 1; i < acknowledged.size(); i++) {
      if (acknowledged.get(i) >= begin && acknowledged.get(i - 1) <= end) {
        longest = Math.max(longest, acknowledged.get(i) - acknowledged.get(i - 1));
      }
    }
    return longest;
  }

  private static String row(String what, Fault fault, List<Long> pauses) {
    List<Long> sorted = pauses.stream().sorted().toList();
    int size = sorted.size();
    return String.format(
        "| %s | %s | %d | %d / %d / %d | %s |",
        what,
        fault.text,
        size,
        sorted.get(size / 2),
        sorted.get(Math.min(size - 1, size * 9 / 10)),
        sorted.getLast(),
        pauses.stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }
}
