package holdfast.backend.engine;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A sorted set: members with scores, in ascending order of score, then of bytes.
 *
 * <p>Small ones are two sorted arrays, which Redis calls a listpack; beyond {@link
 * #LISTPACK_ENTRIES_MAX} members, or with a member of more than {@link #LISTPACK_BYTES_MAX} bytes,
 * they become a table with a {@link SkipList}. All ranges, by rank, score or member, are ranges of
 * ranks here, found in O(log n). Arrays that were handed in or out are never changed, by this class
 * or by anybody. Scores are never NaN. One thread.
 */
public final class SortedSetValue extends Value {
  /** Redis's default of {@code zset-max-listpack-entries}. */
  static final int LISTPACK_ENTRIES_MAX = 128;

  /** Redis's default of {@code zset-max-listpack-value}. */
  static final int LISTPACK_BYTES_MAX = 64;

  private static final byte[][] NO_MEMBERS = {};
  private static final double[] NO_SCORES = {};

  /** Takes members with their scores. */
  @FunctionalInterface
  public interface Visitor {
    void entry(byte[] member, double score);
  }

  private byte[][] members = NO_MEMBERS;
  private double[] scores = NO_SCORES;

  /** Members in the arrays, which are unused once {@link #list} is there. */
  private int count;

  private @Nullable SkipList list;
  private ByteTable<SkipList.Node> table = new ByteTable<>();

  /** An empty one that has its table from the start, until {@link #compact}. */
  static SortedSetValue withTable() {
    SortedSetValue set = new SortedSetValue();
    set.expand();
    return set;
  }

  /** Gives up the compact form. */
  void expand() {
    if (list == null) {
      toSkipList();
    }
  }

  @Override
  public ValueType type() {
    return ValueType.SORTED_SET;
  }

  @Override
  public String encoding() {
    return list == null ? "listpack" : "skiplist";
  }

  @Override
  public SortedSetValue copy() {
    SortedSetValue copy = new SortedSetValue();
    if (list != null) {
      copy.toSkipList();
      forEach(copy::put);
    } else {
      copy.members = Arrays.copyOf(members, count);
      copy.scores = Arrays.copyOf(scores, count);
      copy.count = count;
    }
    return copy;
  }

  @Override
  public boolean isEmpty() {
    return size() == 0;
  }

  /** How many members it has. */
  public int size() {
    return list == null ? count : list.size();
  }

  public boolean contains(byte[] member) {
    return list == null ? indexOf(member) >= 0 : table.containsKey(member);
  }

  /** The score of a member, NaN if it is none. */
  public double score(byte[] member) {
    if (list == null) {
      int at = indexOf(member);
      return at < 0 ? Double.NaN : scores[at];
    }
    SkipList.Node node = table.get(member);
    return node == null ? Double.NaN : node.score;
  }

  /**
   * Sets a member's score.
   *
   * @param score not NaN
   * @return whether the member is new
   */
  public boolean put(byte[] member, double score) {
    if (list != null) {
      return putInList(list, member, score);
    }
    int at = indexOf(member);
    boolean isNew = at < 0;
    if (isNew && (count == LISTPACK_ENTRIES_MAX || member.length > LISTPACK_BYTES_MAX)) {
      return putInList(toSkipList(), member, score);
    }
    byte[] kept = member;
    if (!isNew) {
      if (scores[at] == score) {
        return false;
      }
      kept = members[at];
      removeAt(at, at + 1);
    }
    // A listpack keeps whole numbers as integers, so it does not know -0.
    insertAt(lowerBound(kept, score), kept, score == 0 ? 0 : score);
    return isNew;
  }

  private boolean putInList(SkipList into, byte[] member, double score) {
    ByteTable.Entry<SkipList.Node> entry = table.entry(member);
    if (entry == null) {
      table.put(member, into.insert(member, score));
      return true;
    }
    SkipList.Node node = entry.value();
    if (node.score != score) {
      into.remove(node.member, node.score);
      entry.value(into.insert(node.member, score));
    }
    return false;
  }

  private void insertAt(int at, byte[] member, double score) {
    if (count == members.length) {
      int capacity = Math.max(4, count * 3 / 2);
      members = Arrays.copyOf(members, capacity);
      scores = Arrays.copyOf(scores, capacity);
    }
    System.arraycopy(members, at, members, at + 1, count - at);
    System.arraycopy(scores, at, scores, at + 1, count - at);
    members[at] = member;
    scores[at] = score;
    count++;
  }

  /** Removes a member; whether it was there. */
  public boolean remove(byte[] member) {
    if (list == null) {
      int at = indexOf(member);
      if (at >= 0) {
        removeAt(at, at + 1);
      }
      return at >= 0;
    }
    SkipList.Node node = table.remove(member);
    if (node != null) {
      list.remove(node.member, node.score);
    }
    return node != null;
  }

  /** Removes the members of the ranks from {@code from} up to but without {@code to}. */
  public void removeRange(int from, int to) {
    if (list == null) {
      removeAt(from, to);
      return;
    }
    SkipList.Node node = from < to ? list.get(from) : null;
    for (int left = to - from; left > 0 && node != null; left--) {
      SkipList.Node next = node.next();
      list.remove(node.member, node.score);
      table.remove(node.member);
      node = next;
    }
  }

  private void removeAt(int from, int to) {
    System.arraycopy(members, to, members, from, count - to);
    System.arraycopy(scores, to, scores, from, count - to);
    Arrays.fill(members, count - (to - from), count, null);
    count -= to - from;
  }

  /** How many members come before this one, -1 if it is none. */
  int rank(byte[] member) {
    if (list == null) {
      return indexOf(member);
    }
    SkipList.Node node = table.get(member);
    return node == null ? -1 : list.rank(member, node.score);
  }

  /** How many members have a lower score, or one as low if {@code orEqual}. */
  int countBelow(double score, boolean orEqual) {
    if (list != null) {
      return list.countBelow(score, orEqual);
    }
    int below = 0;
    while (below < count && (scores[below] < score || (orEqual && scores[below] == score))) {
      below++;
    }
    return below;
  }

  /** How many members are lower, or equal if {@code orEqual}; all scores are the same. */
  int countBelow(byte[] member, boolean orEqual) {
    if (list != null) {
      return list.countBelow(member, orEqual);
    }
    int below = 0;
    while (below < count && Arrays.compareUnsigned(members[below], member) < (orEqual ? 1 : 0)) {
      below++;
    }
    return below;
  }

  /** Hands all members on in ascending order; the set must not change meanwhile. */
  public void forEach(Visitor visitor) {
    forRange(0, size(), false, visitor);
  }

  /**
   * Hands the members of the ranks from {@code from} up to but without {@code to} on, ascending or
   * (the same ones) descending.
   */
  void forRange(int from, int to, boolean descending, Visitor visitor) {
    if (from >= to) {
      return;
    }
    if (list == null) {
      int step = descending ? -1 : 1;
      int at = descending ? to - 1 : from;
      for (int left = to - from; left > 0; left--, at += step) {
        visitor.entry(members[at], scores[at]);
      }
      return;
    }
    SkipList.Node node = nodeAt(list, descending ? to - 1 : from);
    for (int left = to - from; left > 0 && node != null; left--) {
      visitor.entry(node.member, node.score);
      node = descending ? node.previous() : node.next();
    }
  }

  /** The ends are what is asked for most. */
  private static SkipList.@Nullable Node nodeAt(SkipList list, int rank) {
    if (rank == 0) {
      return list.first();
    }
    return rank == list.size() - 1 ? list.last() : list.get(rank);
  }

  /** The member of this rank, from 0; it is there. */
  byte[] memberAt(int rank) {
    return list == null ? members[rank] : list.get(rank).member;
  }

  /** The score of the member of this rank, from 0; it is there. */
  double scoreAt(int rank) {
    return list == null ? scores[rank] : list.get(rank).score;
  }

  /** The rank of some member; the set is not empty. */
  int randomRank(RandomGenerator random) {
    return random.nextInt(size());
  }

  /**
   * One step of ZSCAN: hands members on and returns the next cursor, 0 at the end. A member that is
   * there all the time is handed on at least once.
   */
  long scan(long cursor, Visitor visitor) {
    if (list == null) {
      forEach(visitor);
      return 0;
    }
    return table.scan(cursor, entry -> visitor.entry(entry.key(), entry.value().score));
  }

  /** Takes the compact form again if the limits allow it, as ZRANGESTORE and ZUNIONSTORE do. */
  void compact() {
    SkipList from = list;
    if (from == null || from.size() > LISTPACK_ENTRIES_MAX) {
      return;
    }
    for (SkipList.Node node = from.first(); node != null; node = node.next()) {
      if (node.member.length > LISTPACK_BYTES_MAX) {
        return;
      }
    }
    list = null;
    table = new ByteTable<>();
    for (SkipList.Node node = from.first(); node != null; node = node.next()) {
      insertAt(count, node.member, node.score == 0 ? 0 : node.score);
    }
  }

  private SkipList toSkipList() {
    SkipList entries = new SkipList();
    for (int i = 0; i < count; i++) {
      table.put(members[i], entries.insert(members[i], scores[i]));
    }
    members = NO_MEMBERS;
    scores = NO_SCORES;
    count = 0;
    list = entries;
    return entries;
  }

  private int indexOf(byte[] member) {
    for (int i = 0; i < count; i++) {
      if (Arrays.equals(members[i], member)) {
        return i;
      }
    }
    return -1;
  }

  /** Where an entry that is not there belongs. */
  private int lowerBound(byte[] member, double score) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      boolean below =
          scores[middle] == score
              ? Arrays.compareUnsigned(members[middle], member) < 0
              : scores[middle] < score;
      if (below) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
