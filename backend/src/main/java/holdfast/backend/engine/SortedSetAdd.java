package holdfast.backend.engine;

/** ZADD and ZINCRBY. Source: Redis {@code t_zset.c}, zaddGenericCommand and zsetAdd. */
final class SortedSetAdd {

  private final Call call;
  private boolean nx;
  private boolean xx;
  private boolean gt;
  private boolean lt;
  private boolean ch;
  private boolean increment;

  private int added;
  private int updated;

  /** Of the last pair: whether anything could have been done with it, and to what end. */
  private boolean processed;

  private double newScore;

  private SortedSetAdd(Call call, boolean increment) {
    this.call = call;
    this.increment = increment;
  }

  static void register(Engine engine) {
    engine.register("zadd", call -> new SortedSetAdd(call, false).run());
    engine.register("zincrby", call -> new SortedSetAdd(call, true).run());
  }

  private void run() {
    int pairsAt = parseOptions();
    int pairs = (call.count() - pairsAt) / 2;
    double[] scores = new double[pairs];
    for (int i = 0; i < pairs; i++) {
      scores[i] = call.number(pairsAt + 2 * i);
    }
    byte[] key = call.arg(1);
    SortedSetValue set = call.get(key, SortedSetValue.class);
    if (set == null && !xx) {
      set = new SortedSetValue();
      call.db().put(key, set);
    }
    if (set != null) {
      for (int i = 0; i < pairs; i++) {
        add(set, call.arg(pairsAt + 2 * i + 1), scores[i]);
      }
    }
    reply();
    if (added + updated > 0) {
      call.changed(key);
    }
  }

  /** Where the scores and members begin. */
  private int parseOptions() {
    int at = 2;
    while (at < call.count() && parseOption(at)) {
      at++;
    }
    int rest = call.count() - at;
    if (rest == 0 || rest % 2 != 0) {
      throw Errors.SYNTAX;
    }
    if (nx && xx) {
      throw CollectionErrors.NX_AND_XX;
    }
    if ((gt && nx) || (lt && nx) || (gt && lt)) {
      throw CollectionErrors.GT_LT_NX;
    }
    if (increment && rest > 2) {
      throw CollectionErrors.ONE_INCREMENT;
    }
    return at;
  }

  private boolean parseOption(int at) {
    if (call.is(at, "nx")) {
      nx = true;
    } else if (call.is(at, "xx")) {
      xx = true;
    } else if (call.is(at, "gt")) {
      gt = true;
    } else if (call.is(at, "lt")) {
      lt = true;
    } else if (call.is(at, "ch")) {
      ch = true;
    } else if (call.is(at, "incr")) {
      increment = true;
    } else {
      return false;
    }
    return true;
  }

  private void add(SortedSetValue set, byte[] member, double given) {
    double current = set.score(member);
    double score = given;
    processed = false;
    if (Double.isNaN(current)) {
      if (xx) {
        return;
      }
      added++;
    } else {
      if (nx) {
        return;
      }
      score = increment ? current + given : given;
      if (Double.isNaN(score)) {
        throw CollectionErrors
            .SCORE_NOT_A_NUMBER; // inf - inf; the only pair, so nothing has been changed
      }
      if ((lt && score >= current) || (gt && score <= current)) {
        return;
      }
      if (score != current) {
        updated++;
      }
    }
    set.put(member, score);
    processed = true;
    newScore = score;
  }

  private void reply() {
    if (!increment) {
      call.out().integer(ch ? added + updated : added);
    } else if (processed) {
      call.out().number(Numbers.format(newScore));
    } else {
      call.out().nil();
    }
  }
}
