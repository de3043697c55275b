package holdfast.backend.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Lists that only grow, in the order of growth, to a bound; the first entry stays, then the oldest
 * go.
 */
final class Growing {
  private Growing() {}

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
      grown.remove(1);
    }
    grown.add(entry);
  }
}
