package holdfast.backend.engine;

/**
 * ZRANGE in all its forms, its older relatives, and ZRANGESTORE. Source: Redis {@code t_zset.c},
 * zrangeGenericCommand.
 */
final class SortedSetRange {
  private enum By {
    RANK,
    SCORE,
    MEMBER
  }

  private final Call call;

  /** Where the key is that is read; before it, for ZRANGESTORE, the one that is written. */
  private final int keyAt;

  private By by;
  private boolean descending;
  private boolean withScores;
  private long offset;
  private long limit = -1;

  private SortedSetRange(Call call, int keyAt, By by, boolean descending) {
    this.call = call;
    this.keyAt = keyAt;
    this.by = by;
    this.descending = descending;
  }

  static void register(Engine engine) {
    register(engine, "zrevrange", By.RANK, true);
    register(engine, "zrangebyscore", By.SCORE, false);
    register(engine, "zrevrangebyscore", By.SCORE, true);
    register(engine, "zrangebylex", By.MEMBER, false);
    register(engine, "zrevrangebylex", By.MEMBER, true);
    engine.register("zrange", call -> new SortedSetRange(call, 1, By.RANK, false).run(true));
    engine.register("zrangestore", call -> new SortedSetRange(call, 2, By.RANK, false).run(true));
  }

  private static void register(Engine engine, String name, By by, boolean descending) {
    engine.register(name, call -> new SortedSetRange(call, 1, by, descending).run(false));
  }

  /**
   * Reads the arguments and replies.
   *
   * @param open whether kind and direction are still to be chosen by options
   */
  private void run(boolean open) {
    parseOptions(open);
    RankRange range = range();
    SortedSetValue set = call.read(call.arg(keyAt), SortedSetValue.class);
    IndexRange ranks = set == null ? new IndexRange(0, 0) : limited(range.in(set));
    if (keyAt == 2) {
      store(set == null ? new SortedSetValue() : set, ranks);
      return;
    }
    ScoredReply reply = ScoredReply.begin(call.out(), ranks.size(), withScores);
    if (set != null) {
      set.forRange(ranks.from(), ranks.to(), descending, reply);
    }
  }

  private void parseOptions(boolean open) {
    boolean kindOpen = open;
    boolean directionOpen = open;
    for (int at = keyAt + 3; at < call.count(); at++) {
      if (keyAt == 1 && call.is(at, "withscores")) {
        withScores = true;
      } else if (at + 2 < call.count() && call.is(at, "limit")) {
        offset = call.integer(at + 1);
        limit = call.integer(at + 2);
        at += 2;
      } else if (directionOpen && call.is(at, "rev")) {
        descending = true;
        directionOpen = false;
      } else if (kindOpen && (call.is(at, "byscore") || call.is(at, "bylex"))) {
        by = call.is(at, "byscore") ? By.SCORE : By.MEMBER;
        kindOpen = false;
      } else {
        throw Errors.SYNTAX;
      }
    }
    if (limit != -1 && by == By.RANK) {
      throw CollectionErrors.LIMIT_OF_RANKS;
    }
    if (withScores && by == By.MEMBER) {
      throw CollectionErrors.SCORES_OF_MEMBERS;
    }
  }

  private RankRange range() {
    int min = descending && by != By.RANK ? keyAt + 2 : keyAt + 1;
    int max = descending && by != By.RANK ? keyAt + 1 : keyAt + 2;
    return switch (by) {
      case RANK -> RankRange.byRank(call.integer(min), call.integer(max), descending);
      case SCORE -> RankRange.byScore(call.arg(min), call.arg(max));
      case MEMBER -> RankRange.byMember(call.arg(min), call.arg(max));
    };
  }

  /** The part that LIMIT leaves; a negative limit is none, a negative offset leaves nothing. */
  private IndexRange limited(IndexRange ranks) {
    if (by == By.RANK || (offset == 0 && limit < 0)) {
      return ranks;
    }
    if (offset < 0 || offset >= ranks.size()) {
      return new IndexRange(0, 0);
    }
    int skip = (int) offset;
    int left = ranks.size() - skip;
    int taken = limit < 0 ? left : (int) Math.min(limit, left);
    return descending
        ? new IndexRange(ranks.to() - skip - taken, ranks.to() - skip)
        : new IndexRange(ranks.from() + skip, ranks.from() + skip + taken);
  }

  private void store(SortedSetValue set, IndexRange ranks) {
    SortedSetValue result = new SortedSetValue();
    set.forRange(ranks.from(), ranks.to(), descending, result::put);
    call.store(call.arg(1), result, result.size());
  }
}
