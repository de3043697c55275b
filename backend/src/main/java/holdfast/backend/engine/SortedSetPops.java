package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import org.jspecify.annotations.Nullable;

/**
 * ZPOPMIN, ZPOPMAX, ZMPOP and those that wait: BZPOPMIN, BZPOPMAX, BZMPOP, which are replicated as
 * the ZPOPMIN or ZPOPMAX that they come to. Source: Redis {@code t_zset.c}, genericZpopCommand and
 * blockingGenericZpopCommand.
 */
final class SortedSetPops {
  private static final byte[] ZPOPMIN = Words.bytes("ZPOPMIN");
  private static final byte[] ZPOPMAX = Words.bytes("ZPOPMAX");

  private SortedSetPops() {}

  static void register(Engine engine) {
    engine.register("zpopmin", call -> pop(call, false));
    engine.register("zpopmax", call -> pop(call, true));
    engine.register("bzpopmin", call -> blockingPop(call, false));
    engine.register("bzpopmax", call -> blockingPop(call, true));
    engine.register("zmpop", call -> multiPop(call, 1, null));
    engine.register("bzmpop", call -> multiPop(call, 2, Timeouts.deadlineMillis(call, 1)));
  }

  private static void pop(Call call, boolean max) {
    if (call.count() > 3) {
      throw Errors.SYNTAX;
    }
    boolean counted = call.count() == 3;
    long count = counted ? call.integer(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE) : 1;
    byte[] key = call.arg(1);
    SortedSetValue set = call.get(key, SortedSetValue.class);
    RespWriter out = call.out();
    if (set == null || count == 0) {
      out.array(0);
      return;
    }
    int popped = (int) Math.min(count, set.size());
    boolean nested = counted && out.protocol() == 3;
    out.array(nested ? popped : 2 * popped);
    remove(out, set, max, popped, nested);
    call.changedMaybeEmpty(key, set);
  }

  private static void remove(
      RespWriter out, SortedSetValue set, boolean max, int count, boolean nested) {
    int from = max ? set.size() - count : 0;
    set.forRange(
        from,
        from + count,
        max,
        (member, score) -> {
          if (nested) {
            out.array(2);
          }
          out.bulk(member).number(Numbers.format(score));
        });
    set.removeRange(from, from + count);
  }

  private static void blockingPop(Call call, boolean max) {
    int last = call.count() - 1;
    long deadlineMillis = Timeouts.deadlineMillis(call, last);
    new Pop(max, 1, false).popOrWait(call, 1, last, deadlineMillis);
  }

  private static void multiPop(Call call, int numkeysAt, @Nullable Long deadlineMillis) {
    MultiPopArguments arguments = MultiPopArguments.parse(call, numkeysAt);
    int endAt = arguments.endAt();
    boolean max = call.is(endAt, "max");
    if (!max && !call.is(endAt, "min")) {
      throw Errors.SYNTAX;
    }
    Pop pop = new Pop(max, arguments.parseCount(call), true);
    pop.popOrWait(call, numkeysAt + 1, endAt, deadlineMillis);
  }

  /** What one of these commands does with the first set that it finds. */
  private static final class Pop extends FirstPop<SortedSetValue> {
    private final boolean max;
    private final long count;
    private final boolean many;

    /**
     * @param count members at most
     * @param many whether the reply holds an array of pairs, rather than one member and its score
     */
    Pop(boolean max, long count, boolean many) {
      super(SortedSetValue.class, ValueType.SORTED_SET);
      this.max = max;
      this.count = count;
      this.many = many;
    }

    @Override
    void perform(Call call, byte[] key, SortedSetValue set) {
      int popped = (int) Math.min(count, set.size());
      RespWriter out = call.out();
      if (many) {
        out.array(2).bulk(key).array(popped);
      } else {
        out.array(3).bulk(key);
      }
      remove(out, set, max, popped, many);
      call.changedMaybeEmpty(key, set);
      byte[] command = max ? ZPOPMAX : ZPOPMIN;
      if (many) {
        call.propagate(command, key, Words.bytes(popped));
      } else {
        call.propagate(command, key);
      }
    }
  }
}
