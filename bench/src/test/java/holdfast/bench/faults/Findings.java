package holdfast.bench.faults;

import holdfast.bench.history.HistoryChecker;
import holdfast.bench.history.Operation;
import holdfast.bench.history.Operation.Append;
import holdfast.bench.history.Operation.Outcome;
import holdfast.bench.history.Operation.Write;
import holdfast.bench.history.Violation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a run shows, from the clients' notes and the data at the end alone. Pure.
 *
 * <p><b>Lost</b>: acknowledged, and gone. Elements of lists are never removed, so each that is
 * missing counts; of a register with one writer, all acknowledged values after the one that is
 * there.
 *
 * <p><b>Overlap</b>: how long the master of an earlier reign went on acknowledging. Appends in
 * transactions tell the process that executed them, and its replication id, which changes with
 * every promotion: together they name a reign. If somebody has an answer of a later reign in hand,
 * and only then another sends a command that an earlier reign acknowledges, then that reign
 * acknowledged after the other had begun: nothing but two masters explains it, however slow the
 * clients were. An acknowledged write that is lost although it was sent after an answer of the last
 * reign shows the same.
 *
 * @param acknowledged writes
 * @param lost acknowledged writes that are gone
 * @param lostSpanNanos from the first acknowledgement of a lost write to the last
 * @param errors commands that were not answered as they should be, by what was said
 * @param unknown those of unknown fate
 * @param never those said never to be executed
 * @param neverExecuted of those, the ones that were
 * @param twice elements that are in the data more than once
 * @param late writes that took effect after a command that was sent after their client was answered
 * @param gapMedianNanos longest time without an acknowledged write: of the median client
 * @param gapMaxNanos and of the worst
 * @param overlapNanos how long two masters acknowledged, 0 if they never did
 * @param violations of linearizability
 */
record Findings(
    int acknowledged,
    List<Operation> lost,
    long lostSpanNanos,
    Map<String, Integer> errors,
    int unknown,
    int never,
    List<String> neverExecuted,
    List<String> twice,
    List<String> late,
    long gapMedianNanos,
    long gapMaxNanos,
    long overlapNanos,
    List<Violation> violations) {

  static Findings of(List<Seen> seen, FinalData data) {
    List<Operation> lost = lost(seen, data);
    List<Operation> history = new ArrayList<>(seen.stream().map(Seen::operation).toList());
    history.addAll(data.asReads(seen));
    var errors = new TreeMap<String, Integer>();
    seen.stream().filter(s -> !s.isOk()).forEach(s -> errors.merge(s.error(), 1, Integer::sum));
    List<Long> gaps = gaps(seen);
    Set<String> present = new HashSet<>(data.registers().values());
    data.lists().values().forEach(present::addAll);
    return new Findings(
        (int) seen.stream().filter(s -> s.isWrite() && s.isOk()).count(),
        lost,
        span(lost),
        errors,
        (int) seen.stream().filter(s -> s.operation().outcome() == Outcome.UNKNOWN).count(),
        (int) seen.stream().filter(s -> s.operation().outcome() == Outcome.NEVER).count(),
        seen.stream()
            .filter(s -> s.isWrite() && s.operation().outcome() == Outcome.NEVER)
            .map(s -> valueOf(s.operation()))
            .filter(present::contains)
            .toList(),
        twice(data),
        late(seen, data),
        gaps.get(gaps.size() / 2),
        gaps.getLast(),
        overlap(seen, lost),
        HistoryChecker.check(history));
  }

  static String valueOf(Operation operation) {
    return switch (operation.action()) {
      case Write(var _, var value) -> value;
      case Append(var _, var element, var _) -> element;
      default -> "";
    };
  }

  private static List<Operation> lost(List<Seen> seen, FinalData data) {
    var lost = new ArrayList<Operation>();
    Map<String, Set<String>> present = new HashMap<>();
    data.lists().forEach((key, elements) -> present.put(key, new HashSet<>(elements)));
    Map<String, List<Operation>> registers = new LinkedHashMap<>();
    for (Seen each : seen) {
      Operation operation = each.operation();
      if (operation.action() instanceof Append(var key, var element, var _)) {
        if (each.isOk() && !present.getOrDefault(key, Set.of()).contains(element)) {
          lost.add(operation);
        }
      } else if (each.isWrite() && !operation.key().contains("shared")) {
        registers.computeIfAbsent(operation.key(), _ -> new ArrayList<>()).add(operation);
      }
    }
    registers.forEach(
        (key, writes) -> {
          for (int i = writes.size() - 1; i >= 0; i--) {
            if (valueOf(writes.get(i)).equals(data.register(key))) {
              break;
            }
            if (writes.get(i).outcome() == Outcome.OK) {
              lost.add(writes.get(i));
            }
          }
        });
    lost.sort(Comparator.comparingLong(Operation::completedNanos));
    return lost;
  }

  private static long span(List<Operation> lost) {
    return lost.isEmpty() ? 0 : lost.getLast().completedNanos() - lost.getFirst().completedNanos();
  }

  private static List<String> twice(FinalData data) {
    var twice = new ArrayList<String>();
    for (List<String> elements : data.lists().values()) {
      var once = new HashSet<String>();
      elements.stream().filter(element -> !once.add(element)).forEach(twice::add);
    }
    return twice;
  }

  private static List<String> late(List<Seen> seen, FinalData data) {
    Map<String, Operation> appends = new HashMap<>();
    seen.forEach(s -> appends.put(valueOf(s.operation()), s.operation()));
    var late = new ArrayList<String>();
    for (List<String> elements : data.lists().values()) {
      long latestInvoked = Long.MIN_VALUE;
      for (String element : elements) {
        Operation append = appends.get(element);
        if (append == null) {
          continue;
        }
        if (append.outcome() != Outcome.OK && append.completedNanos() < latestInvoked) {
          late.add(element);
        }
        latestInvoked = Math.max(latestInvoked, append.invokedNanos());
      }
    }
    return late;
  }

  /** Of each client, ascending. */
  private static List<Long> gaps(List<Seen> seen) {
    long end = seen.stream().mapToLong(s -> s.operation().completedNanos()).max().orElse(0);
    Map<String, List<Long>> successes = new HashMap<>();
    for (Seen each : seen) {
      List<Long> of = successes.computeIfAbsent(each.operation().client(), _ -> new ArrayList<>());
      if (each.isWrite() && each.isOk()) {
        of.add(each.operation().completedNanos());
      }
    }
    var gaps = new ArrayList<Long>();
    for (List<Long> times : successes.values()) {
      times.add(end);
      times.sort(null);
      long gap = 0;
      for (int i = 1; i < times.size(); i++) {
        gap = Math.max(gap, times.get(i) - times.get(i - 1));
      }
      gaps.add(gap);
    }
    gaps.sort(null);
    return gaps.isEmpty() ? List.of(0L) : gaps;
  }

  private static long overlap(List<Seen> seen, List<Operation> lost) {
    Map<String, Long> begins = new HashMap<>();
    List<Seen> named = seen.stream().filter(s -> s.isOk() && !s.master().isEmpty()).toList();
    for (Seen each : named) {
      begins.merge(each.master(), each.operation().completedNanos(), Math::min);
    }
    long overlap = 0;
    for (Seen each : named) {
      long sent = each.operation().invokedNanos();
      long mine = begins.getOrDefault(each.master(), Long.MAX_VALUE);
      for (Map.Entry<String, Long> other : begins.entrySet()) {
        boolean later = other.getValue() > mine && !sameProcess(other.getKey(), each.master());
        if (later) {
          overlap = Math.max(overlap, sent - other.getValue());
        }
      }
    }
    long last = begins.values().stream().mapToLong(Long::longValue).max().orElse(Long.MAX_VALUE);
    for (Operation each : lost) {
      if (begins.size() > 1) {
        overlap = Math.max(overlap, each.invokedNanos() - last);
      }
    }
    return overlap;
  }

  /** A master changes its replication id also by itself, when its first replica comes. */
  private static boolean sameProcess(String one, String other) {
    return one.substring(0, one.indexOf('/')).equals(other.substring(0, other.indexOf('/')));
  }
}
