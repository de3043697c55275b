package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The commands of one sorted set but for ranges, pops and ZADD. Source: Redis {@code t_zset.c}. */
final class SortedSetCommands {
  private SortedSetCommands() {}

  static void register(Engine engine) {
    engine.register("zrem", call -> call.removeEach(SortedSetValue.class, SortedSetValue::remove));
    engine.register("zscore", SortedSetCommands::zscore);
    engine.register("zmscore", SortedSetCommands::zmscore);
    engine.register("zcard", SortedSetCommands::zcard);
    engine.register("zrank", call -> rank(call, false));
    engine.register("zrevrank", call -> rank(call, true));
    engine.register("zcount", call -> count(call, RankRange.byScore(call.arg(2), call.arg(3))));
    engine.register("zlexcount", call -> count(call, RankRange.byMember(call.arg(2), call.arg(3))));
    engine.register(
        "zremrangebyrank",
        call -> removeRange(call, RankRange.byRank(call.integer(2), call.integer(3), false)));
    engine.register(
        "zremrangebyscore", call -> removeRange(call, RankRange.byScore(call.arg(2), call.arg(3))));
    engine.register(
        "zremrangebylex", call -> removeRange(call, RankRange.byMember(call.arg(2), call.arg(3))));
    engine.register("zrandmember", SortedSetCommands::zrandmember);
    engine.register("zscan", SortedSetCommands::zscan);
  }

  private static void zscore(Call call) {
    SortedSetValue set = call.read(call.arg(1), SortedSetValue.class);
    score(call.out(), set, call.arg(2));
  }

  private static void zmscore(Call call) {
    SortedSetValue set = call.read(call.arg(1), SortedSetValue.class);
    call.out().array(call.count() - 2);
    for (int at = 2; at < call.count(); at++) {
      score(call.out(), set, call.arg(at));
    }
  }

  private static void score(RespWriter out, @Nullable SortedSetValue set, byte[] member) {
    double score = set == null ? Double.NaN : set.score(member);
    if (Double.isNaN(score)) {
      out.nil();
    } else {
      out.number(Numbers.format(score));
    }
  }

  private static void zcard(Call call) {
    SortedSetValue set = call.read(call.arg(1), SortedSetValue.class);
    call.out().integer(set == null ? 0 : set.size());
  }

  private static void rank(Call call, boolean descending) {
    SortedSetValue set = call.read(call.arg(1), SortedSetValue.class);
    int rank = set == null ? -1 : set.rank(call.arg(2));
    if (set == null || rank < 0) {
      call.out().nil();
    } else {
      call.out().integer(descending ? set.size() - 1 - rank : rank);
    }
  }

  private static void count(Call call, RankRange range) {
    SortedSetValue set = call.read(call.arg(1), SortedSetValue.class);
    call.out().integer(set == null ? 0 : range.in(set).size());
  }

  private static void removeRange(Call call, RankRange range) {
    SortedSetValue set = call.get(call.arg(1), SortedSetValue.class);
    if (set == null) {
      call.out().integer(0);
      return;
    }
    IndexRange ranks = range.in(set);
    if (ranks.size() > 0) {
      set.removeRange(ranks.from(), ranks.to());
      call.changedMaybeEmpty(call.arg(1), set);
    }
    call.out().integer(ranks.size());
  }

  private static void zrandmember(Call call) {
    if (call.count() == 2) {
      SortedSetValue set = call.read(call.arg(1), SortedSetValue.class);
      if (set == null) {
        call.out().nil();
      } else {
        call.out().bulk(set.memberAt(set.randomRank(call.engine().random())));
      }
      return;
    }
    long count = RandomChoice.countOfPairs(call, 2, "withscores");
    boolean withScores = call.count() == 4;
    SortedSetValue set = call.read(call.arg(1), SortedSetValue.class);
    RespWriter out = call.out();
    if (set == null) {
      out.array(0);
      return;
    }
    int[] ranks = chooseRanks(call, set, count);
    ScoredReply reply = ScoredReply.begin(out, ranks.length, withScores);
    for (int rank : ranks) {
      reply.entry(set.memberAt(rank), set.scoreAt(rank));
    }
  }

  private static int[] chooseRanks(Call call, SortedSetValue set, long count) {
    int size = set.size();
    var random = call.engine().random();
    if (count < 0) {
      int[] ranks = new int[RandomChoice.repeated(count)];
      for (int i = 0; i < ranks.length; i++) {
        ranks[i] = set.randomRank(random);
      }
      return ranks;
    }
    if (count >= size) {
      int[] ranks = new int[size];
      for (int i = 0; i < size; i++) {
        ranks[i] = size - 1 - i; // Redis walks from the end
      }
      return ranks;
    }
    return RandomChoice.distinctIndexes((int) count, size, random);
  }

  private static void zscan(Call call) {
    long cursor = ScanOptions.cursor(call.arg(2));
    SortedSetValue set = call.read(call.arg(1), SortedSetValue.class);
    CollectionScan.run(call, cursor, set == null ? null : step(set));
  }

  private static CollectionScan.Step step(SortedSetValue set) {
    return (long from, ScanOptions options, List<byte[]> found) ->
        set.scan(
            from,
            (member, score) -> {
              if (options.matches(member)) {
                found.add(member);
                found.add(Words.bytes(Numbers.format(score)));
              }
            });
  }
}
