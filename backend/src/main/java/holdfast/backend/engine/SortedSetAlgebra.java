package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Union, intersection and difference of sorted sets and sets, whose members count as having score
 * 1. Source: Redis {@code t_zset.c}, zunionInterDiffGenericCommand.
 */
final class SortedSetAlgebra {

  private enum Operation {
    UNION,
    INTERSECTION,
    DIFFERENCE
  }

  /** What becomes of the scores of a member that several sets have. */
  private enum Aggregate {
    SUM {
      @Override
      double of(double a, double b) {
        double sum = a + b;
        return Double.isNaN(sum) ? 0 : sum; // inf - inf
      }
    },
    MIN {
      @Override
      double of(double a, double b) {
        return b < a ? b : a;
      }
    },
    MAX {
      @Override
      double of(double a, double b) {
        return b > a ? b : a;
      }
    };

    abstract double of(double a, double b);
  }

  /** One input; no value if the key is absent. */
  private static final class Source {
    final @Nullable SortedSetValue sorted;
    final @Nullable SetValue plain;
    double weight = 1;

    Source(@Nullable Value value) {
      sorted = value instanceof SortedSetValue s ? s : null;
      plain = value instanceof SetValue s ? s : null;
      if (value != null && sorted == null && plain == null) {
        throw Errors.WRONG_TYPE;
      }
    }

    int size() {
      if (sorted != null) {
        return sorted.size();
      }
      return plain == null ? 0 : plain.size();
    }

    /** NaN if the member is none. */
    double score(byte[] member) {
      if (sorted != null) {
        return sorted.score(member);
      }
      return plain != null && plain.contains(member) ? 1 : Double.NaN;
    }

    void forEach(SortedSetValue.Visitor visitor) {
      if (sorted != null) {
        sorted.forEach(visitor);
      } else if (plain != null) {
        plain.forEach(member -> visitor.entry(member, 1));
      }
    }

    double weighted(double score) {
      double product = weight * score;
      return Double.isNaN(product) ? 0 : product; // 0 * inf
    }
  }

  private final Call call;
  private final Operation operation;

  /** Whether only the number of members is wanted (ZINTERCARD). */
  private final boolean countOnly;

  /** Whether the result goes to the key in argument 1. */
  private final boolean stores;

  private final List<Source> sources = new ArrayList<>();
  private Aggregate aggregate = Aggregate.SUM;
  private boolean withScores;
  private long limit;

  private SortedSetAlgebra(Call call, Operation operation, boolean stores, boolean countOnly) {
    this.call = call;
    this.operation = operation;
    this.stores = stores;
    this.countOnly = countOnly;
  }

  static void register(Engine engine) {
    register(engine, "zunion", Operation.UNION);
    register(engine, "zinter", Operation.INTERSECTION);
    register(engine, "zdiff", Operation.DIFFERENCE);
    engine.register(
        "zintercard",
        call -> new SortedSetAlgebra(call, Operation.INTERSECTION, false, true).run());
  }

  private static void register(Engine engine, String name, Operation operation) {
    engine.register(name, call -> new SortedSetAlgebra(call, operation, false, false).run());
    engine.register(
        name + "store", call -> new SortedSetAlgebra(call, operation, true, false).run());
  }

  private void run() {
    parse();
    SortedSetValue result = SortedSetValue.withTable();
    switch (operation) {
      case UNION -> union(result);
      case INTERSECTION -> {
        int common = intersection(result);
        if (countOnly) {
          call.out().integer(common);
          return;
        }
      }
      case DIFFERENCE -> difference(result);
    }
    if (stores) {
      result.compact();
      call.store(call.arg(1), result, result.size());
    } else {
      result.forEach(ScoredReply.begin(call.out(), result.size(), withScores));
    }
  }

  private void parse() {
    int numkeysAt = stores ? 2 : 1;
    long keys = call.integer(numkeysAt);
    if (keys < 1) {
      throw new CommandError(
          "ERR at least 1 input key is needed for '" + call.facts().name() + "' command");
    }
    int keysAt = numkeysAt + 1;
    if (keys > call.count() - keysAt) {
      throw Errors.SYNTAX;
    }
    for (int at = keysAt; at < keysAt + keys; at++) {
      sources.add(new Source(call.read(call.arg(at))));
    }
    int at = keysAt + (int) keys;
    while (at < call.count()) {
      at = parseOption(at);
    }
  }

  /** Reads the option at {@code at}; where the next one is. */
  private int parseOption(int at) {
    int after = call.count() - at - 1;
    boolean combines = operation != Operation.DIFFERENCE && !countOnly;
    if (combines && after >= sources.size() && call.is(at, "weights")) {
      for (int i = 0; i < sources.size(); i++) {
        double weight = Numbers.parseDouble(call.arg(at + 1 + i));
        if (Double.isNaN(weight)) {
          throw CollectionErrors.WEIGHT_NOT_A_FLOAT;
        }
        sources.get(i).weight = weight;
      }
      return at + 1 + sources.size();
    }
    if (combines && after >= 1 && call.is(at, "aggregate")) {
      aggregate = aggregate(at + 1);
      return at + 2;
    }
    if (!stores && !countOnly && call.is(at, "withscores")) {
      withScores = true;
      return at + 1;
    }
    if (countOnly && after >= 1 && call.is(at, "limit")) {
      limit = call.integer(at + 1, 0, Long.MAX_VALUE, CollectionErrors.LIMIT_NEGATIVE);
      return at + 2;
    }
    throw Errors.SYNTAX;
  }

  private Aggregate aggregate(int at) {
    for (Aggregate candidate : Aggregate.values()) {
      if (call.is(at, candidate.name())) {
        return candidate;
      }
    }
    throw Errors.SYNTAX;
  }

  private List<Source> bySize() {
    List<Source> sorted = new ArrayList<>(sources);
    sorted.sort(Comparator.comparingInt(Source::size));
    return sorted;
  }

  private void union(SortedSetValue result) {
    for (Source source : bySize()) {
      source.forEach(
          (member, score) -> {
            double weighted = source.weighted(score);
            double before = result.score(member);
            result.put(member, Double.isNaN(before) ? weighted : aggregate.of(before, weighted));
          });
    }
  }

  /** Puts the common members into {@code result} unless only counted; how many there are. */
  private int intersection(SortedSetValue result) {
    List<Source> bySize = bySize();
    List<Source> others = bySize.subList(1, bySize.size());
    Source first = bySize.getFirst();
    int[] common = {0};
    first.forEach(
        (member, score) -> {
          if (limit > 0 && common[0] >= limit) {
            return;
          }
          double combined = first.weighted(score);
          for (Source other : others) {
            double otherScore = other.score(member);
            if (Double.isNaN(otherScore)) {
              return;
            }
            combined = aggregate.of(combined, other.weighted(otherScore));
          }
          common[0]++;
          if (!countOnly) {
            result.put(member, combined);
          }
        });
    return common[0];
  }

  private void difference(SortedSetValue result) {
    List<Source> others = sources.subList(1, sources.size());
    sources
        .getFirst()
        .forEach(
            (member, score) -> {
              for (Source other : others) {
                if (!Double.isNaN(other.score(member))) {
                  return;
                }
              }
              result.put(member, score);
            });
  }
}
