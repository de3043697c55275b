package holdfast.backend.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Lists that only grow, in the order of growth, to a bound; the first entry stays, then the oldest
 * go.
 */
final class Growing {
  private Growing() {}

  /** A copy whose entries from {@code first} on are in order. */
  static <T> List<T> ordered(List<T> list, int first, Comparator<T> order) {
    var sorted = new ArrayList<T>(list);
    if (sorted.size() > first + 1) {
      sorted.subList(first, sorted.size()).sort(order);
    }
    return List.copyOf(sorted);
  }

  static <T> List<T> added(List<T> list, T entry) {
    var grown = new ArrayList<T>(list);
    add(grown, entry);
    return grown;
  }

  static <T> List<T> replaced(List<T> list, int index, T entry) {
    var changed = new ArrayList<T>(list);
    changed.set(index, entry);
    return changed;
  }

  static <T> List<T> union(List<T> first, List<T> second) {
    var grown = new ArrayList<T>(first);
    for (T entry : second) {
      if (!grown.contains(entry)) {
        add(grown, entry);
      }
    }
    return grown;
  }

  private static <T> void add(List<T> grown, T entry) {
    if (grown.size() == AcceptedRecord.ENTRIES_MAX) {
      grown.remove(1); // of what is ordered by age, about the oldest
    }
    grown.add(entry);
  }
}
