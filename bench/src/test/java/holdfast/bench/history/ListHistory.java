package holdfast.bench.history;

import holdfast.bench.history.Operation.Append;
import holdfast.bench.history.Operation.Outcome;
import holdfast.bench.history.Operation.ReadAll;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether appends and reads of one key are those of one list that begins empty and only grows.
 *
 * <p>Whatever was read is the beginning of the longest that was read, which therefore gives each
 * element its place. The state is the length alone: an append with a place fits one length, a read
 * fits its own. Appends that no read shows come after the longest read, in any order that their
 * answers allow; those of unknown outcome among them are left out.
 */
final class ListHistory {
  private final String key;
  private final List<Operation> operations;
  private final Map<String, Operation> appends = new HashMap<>();
  private final Map<String, Integer> places = new HashMap<>();
  private List<String> longest = List.of();
  private @Nullable Operation longestRead;

  private ListHistory(String key, List<Operation> operations) {
    this.key = key;
    this.operations = operations;
  }

  /** Null if they are. */
  static @Nullable Violation check(String key, List<Operation> operations) {
    return new ListHistory(key, operations).check();
  }

  private @Nullable Violation check() {
    var reads = new ArrayList<Operation>();
    for (Operation operation : operations) {
      if (operation.action() instanceof Append append) {
        if (appends.put(append.element(), operation) != null) {
          throw new IllegalArgumentException(key + ": " + append.element() + " appended twice");
        }
      } else if (operation.is(Outcome.OK)) {
        reads.add(operation);
        if (elements(operation).size() > longest.size()) {
          longest = elements(operation);
          longestRead = operation;
        }
      }
    }
    Violation impossible = places();
    if (impossible == null) {
      impossible = prefixes(reads);
    }
    if (impossible == null) {
      impossible = answers();
    }
    return impossible != null ? impossible : timeline(reads);
  }

  /** Gives each element its place; each must have been appended, and once. */
  private @Nullable Violation places() {
    for (String element : longest) {
      Operation append = appends.get(element);
      if (append == null) {
        return violation("an element that nobody appended: " + element, longestRead);
      }
      if (append.is(Outcome.NEVER)) {
        return violation("a command said never to be executed was", append, longestRead);
      }
      if (places.put(element, places.size()) != null) {
        return violation("an element was appended twice: " + element, append, longestRead);
      }
    }
    return null;
  }

  private @Nullable Violation prefixes(List<Operation> reads) {
    for (Operation read : reads) {
      List<String> elements = elements(read);
      if (!elements.equals(longest.subList(0, elements.size()))) {
        return violation("two reads of which neither continues the other", read, longestRead);
      }
    }
    return null;
  }

  private @Nullable Violation answers() {
    for (Operation operation : appends.values()) {
      var append = (Append) operation.action();
      if (!operation.is(Outcome.OK) || append.lengthAfter() < 0) {
        continue;
      }
      Integer place = places.get(append.element());
      if (place == null
          ? append.lengthAfter() <= longest.size()
          : append.lengthAfter() != place + 1) {
        return violation(
            "an append was told a length that is another's, or its element is gone",
            operation,
            longestRead);
      }
    }
    return null;
  }

  private @Nullable Violation timeline(List<Operation> reads) {
    var timeline = new Timeline();
    reads.forEach(read -> timeline.add(read, read.completedNanos()));
    // From the longest down: whoever shows a place shows all before it.
    var seenEnd = new long[longest.size()];
    for (int place = longest.size() - 1; place >= 0; place--) {
      seenEnd[place] = place == longest.size() - 1 ? Long.MAX_VALUE : seenEnd[place + 1];
      seenEnd[place] = Math.min(seenEnd[place], firstEndOfLength(place + 1));
    }
    for (Operation operation : appends.values()) {
      Integer place = places.get(((Append) operation.action()).element());
      if (operation.is(Outcome.OK)) {
        timeline.add(operation, operation.completedNanos());
      } else if (place != null) {
        if (seenEnd[place] < operation.invokedNanos()) {
          return violation("an element before it was appended", operation, longestRead);
        }
        timeline.add(operation, seenEnd[place]);
      }
    }
    return timeline.judge(key, "no order of reads and appends explains this", this::step);
  }

  private @Nullable Map<Integer, Long> firstEnds;

  private long firstEndOfLength(int length) {
    Map<Integer, Long> ends = firstEnds;
    if (ends == null) {
      ends = new HashMap<>();
      for (Operation operation : operations) {
        if (operation.action() instanceof ReadAll read && operation.is(Outcome.OK)) {
          ends.merge(read.elements().size(), operation.completedNanos(), Math::min);
        }
      }
      firstEnds = ends;
    }
    return ends.getOrDefault(length, Long.MAX_VALUE);
  }

  private int step(int state, Operation operation) {
    return switch (operation.action()) {
      case ReadAll read -> state == read.elements().size() ? state : Linearizer.REFUSED;
      case Append append -> {
        Integer place = places.get(append.element());
        if (place != null) {
          yield state == place ? state + 1 : Linearizer.REFUSED;
        }
        if (state < longest.size()) {
          yield Linearizer.REFUSED;
        }
        // Between it and the one before there may be some of unknown outcome.
        long after = append.lengthAfter() < 0 ? state + 1L : append.lengthAfter();
        yield after > state ? (int) after : Linearizer.REFUSED;
      }
      default -> throw new IllegalArgumentException(key + " is no list: " + operation);
    };
  }

  private static List<String> elements(Operation read) {
    return ((ReadAll) read.action()).elements();
  }

  private Violation violation(String what, @Nullable Operation... shown) {
    var around = new ArrayList<Operation>();
    for (Operation each : shown) {
      if (each != null) {
        around.add(each);
      }
    }
    return new Violation(key, what, around);
  }
}
