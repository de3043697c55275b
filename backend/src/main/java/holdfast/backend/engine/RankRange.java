package holdfast.backend.engine;

/**
 * A range of a sorted set as a command names it (by score, by member, by rank), which a set turns
 * into ranks. Source: Redis {@code t_zset.c}, zslParseRange and zslParseLexRange.
 */
interface RankRange {

  /** The part of this set, by ascending ranks. */
  IndexRange in(SortedSetValue set);

  /**
   * By rank.
   *
   * @param descending whether ranks count from the highest score
   */
  static RankRange byRank(long start, long end, boolean descending) {
    return set -> {
      int size = set.size();
      IndexRange range = IndexRange.of(start, end, size);
      return descending && range.size() > 0
          ? new IndexRange(size - range.to(), size - range.from())
          : range;
    };
  }

  /**
   * By score: "1.5", "(1.5" without it, "-inf", "+inf".
   *
   * @throws CommandError min or max is not a float
   */
  static RankRange byScore(byte[] min, byte[] max) {
    boolean withoutMin = isExclusive(min);
    boolean withoutMax = isExclusive(max);
    double lowest = score(min, withoutMin);
    double highest = score(max, withoutMax);
    return set -> range(set.countBelow(lowest, withoutMin), set.countBelow(highest, !withoutMax));
  }

  private static boolean isExclusive(byte[] bound) {
    return bound.length > 0 && bound[0] == '(';
  }

  private static double score(byte[] bound, boolean exclusive) {
    double score = Numbers.parseAfterSpaces(bound, exclusive ? 1 : 0);
    if (Double.isNaN(score)) {
      throw CollectionErrors.NOT_A_SCORE;
    }
    return score;
  }

  /**
   * By member, where all scores are equal: "[a" with it, "(a" without it, "-" and "+" for the ends.
   *
   * @throws CommandError min or max not valid string range item
   */
  static RankRange byMember(byte[] min, byte[] max) {
    checkMember(min);
    checkMember(max);
    return set -> range(rank(set, min, false), rank(set, max, true));
  }

  private static void checkMember(byte[] bound) {
    byte first = bound.length == 0 ? 0 : bound[0];
    boolean end = bound.length == 1 && (first == '-' || first == '+');
    if (!end && first != '[' && first != '(') {
      throw CollectionErrors.NOT_A_MEMBER;
    }
  }

  private static int rank(SortedSetValue set, byte[] bound, boolean isMax) {
    return switch (bound[0]) {
      case '-' -> 0;
      case '+' -> set.size();
      default -> {
        byte[] member = java.util.Arrays.copyOfRange(bound, 1, bound.length);
        yield set.countBelow(member, isMax == (bound[0] == '['));
      }
    };
  }

  private static IndexRange range(int from, int to) {
    return new IndexRange(from, Math.max(from, to));
  }
}
