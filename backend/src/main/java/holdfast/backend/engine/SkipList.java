package holdfast.backend.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Members in ascending order of score, then of bytes, with their ranks: the ordered half of a large
 * {@link SortedSetValue}.
 *
 * <p>A skip list in which each link knows how many entries it skips, so that finding by value and
 * by rank both take O(log n). Three of four nodes are of height 1 and need no arrays: their only
 * link is a field, and it always skips one entry. Source: Pugh, "A skip list cookbook" (linear list
 * operations). One thread.
 */
final class SkipList {
  private static final int HEIGHT_MAX = 32;

  /** An entry. */
  static final class Node {
    final byte[] member;
    final double score;
    private @Nullable Node next;
    private @Nullable Node previous;

    /** Links of level 1 and up (index 0 is level 1). */
    private final @Nullable Node[] nextAbove;

    /** How many entries on the target of each of these links is; meaningless where it is null. */
    private final int[] spanAbove;

    private Node(byte[] member, double score, int height) {
      this.member = member;
      this.score = score;
      nextAbove = height == 1 ? NO_NODES : new Node[height - 1];
      spanAbove = height == 1 ? NO_SPANS : new int[height - 1];
    }

    /** The entry after it, or null. */
    @Nullable Node next() {
      return next;
    }

    /** The entry before it, or null. */
    @Nullable Node previous() {
      return previous;
    }

    private @Nullable Node next(int level) {
      return level == 0 ? next : nextAbove[level - 1];
    }

    private int span(int level) {
      return level == 0 ? 1 : spanAbove[level - 1];
    }

    private void link(int level, @Nullable Node target, int span) {
      if (level == 0) {
        next = target;
      } else {
        nextAbove[level - 1] = target;
        spanAbove[level - 1] = span;
      }
    }

    private int compareTo(double otherScore, byte[] otherMember) {
      // Not Double.compare: -0 and 0 are one score.
      if (score != otherScore) {
        return score < otherScore ? -1 : 1;
      }
      return Arrays.compareUnsigned(member, otherMember);
    }
  }

  private static final Node[] NO_NODES = {};
  private static final int[] NO_SPANS = {};

  /** Before the first entry; rank -1. */
  private final Node head = new Node(Words.EMPTY, 0, HEIGHT_MAX);

  // Of the last search: the last node before the place on each level, and its rank.
  private final Node[] before = new Node[HEIGHT_MAX];
  private final int[] rankBefore = new int[HEIGHT_MAX];

  private @Nullable Node last;
  private int height = 1;
  private int size;
  private long randomState = 0x9E3779B97F4A7C15L;

  int size() {
    return size;
  }

  @Nullable Node first() {
    return head.next;
  }

  @Nullable Node last() {
    return last;
  }

  /** Adds an entry that is not there yet. */
  Node insert(byte[] member, double score) {
    search(score, member);
    int newHeight = randomHeight();
    for (; height < newHeight; height++) {
      before[height] = head;
      rankBefore[height] = -1;
    }
    Node node = new Node(member, score, newHeight);
    int rank = rankBefore[0] + 1;
    for (int level = 0; level < height; level++) {
      Node left = before[level];
      Node right = left.next(level);
      if (level < newHeight) {
        int toNode = rank - rankBefore[level];
        node.link(level, right, right == null ? 0 : left.span(level) + 1 - toNode);
        left.link(level, node, toNode);
      } else if (right != null) {
        left.link(level, right, left.span(level) + 1);
      }
    }
    node.previous = before[0] == head ? null : before[0];
    if (node.next == null) {
      last = node;
    } else {
      node.next.previous = node;
    }
    size++;
    return node;
  }

  /** Removes an entry that is there. */
  void remove(byte[] member, double score) {
    search(score, member);
    Node node = before[0].next;
    if (node == null || node.compareTo(score, member) != 0) {
      throw new IllegalStateException("no such entry in the skip list");
    }
    for (int level = 0; level < height; level++) {
      Node left = before[level];
      Node right = left.next(level);
      if (right == node) {
        Node far = node.next(level);
        left.link(level, far, far == null ? 0 : left.span(level) + node.span(level) - 1);
      } else if (right != null) {
        left.link(level, right, left.span(level) - 1);
      }
    }
    if (node.next == null) {
      last = node.previous;
    } else {
      node.next.previous = node.previous;
    }
    while (height > 1 && head.next(height - 1) == null) {
      height--;
    }
    size--;
  }

  /** How many entries come before this place; fills {@link #before}. */
  private void search(double score, byte[] member) {
    Node at = head;
    int rank = -1;
    for (int level = height - 1; level >= 0; level--) {
      for (Node right = at.next(level);
          right != null && right.compareTo(score, member) < 0;
          right = at.next(level)) {
        rank += at.span(level);
        at = right;
      }
      before[level] = at;
      rankBefore[level] = rank;
    }
  }

  /** How many entries come before this one, which need not be there. */
  int rank(byte[] member, double score) {
    search(score, member);
    return rankBefore[0] + 1;
  }

  /** How many entries have a lower score, or one as low if {@code orEqual}. */
  int countBelow(double score, boolean orEqual) {
    Node at = head;
    int rank = -1;
    for (int level = height - 1; level >= 0; level--) {
      for (Node right = at.next(level);
          right != null && (right.score < score || (orEqual && right.score == score));
          right = at.next(level)) {
        rank += at.span(level);
        at = right;
      }
    }
    return rank + 1;
  }

  /**
   * As {@link #countBelow(double, boolean)} by member, for a list in which all scores are equal.
   */
  int countBelow(byte[] member, boolean orEqual) {
    Node at = head;
    int rank = -1;
    for (int level = height - 1; level >= 0; level--) {
      for (Node right = at.next(level);
          right != null && Arrays.compareUnsigned(right.member, member) < (orEqual ? 1 : 0);
          right = at.next(level)) {
        rank += at.span(level);
        at = right;
      }
    }
    return rank + 1;
  }

  /** The entry of this rank, from 0; it is there. */
  Node get(int rank) {
    Node at = head;
    int here = -1;
    for (int level = height - 1; level >= 0; level--) {
      for (Node right = at.next(level);
          right != null && here + at.span(level) <= rank;
          right = at.next(level)) {
        here += at.span(level);
        at = right;
      }
    }
    return at;
  }

  /** Each level is reached by one of four nodes of the level below. */
  private int randomHeight() {
    randomState ^= randomState << 13;
    randomState ^= randomState >>> 7;
    randomState ^= randomState << 17;
    return Math.min(HEIGHT_MAX, 1 + Long.numberOfTrailingZeros(randomState | Long.MIN_VALUE) / 2);
  }
}
