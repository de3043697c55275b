package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import org.jspecify.annotations.Nullable;

/**
 * LMPOP and the pops that wait: BLPOP, BRPOP, BLMPOP. They are replicated as the LPOP or RPOP that
 * they come to. Source: Redis {@code t_list.c}, blockingPopGenericCommand and mpopGenericCommand.
 */
final class ListPops {
  private ListPops() {}

  static void register(Engine engine) {
    engine.register("blpop", call -> blockingPop(call, ListEnd.LEFT));
    engine.register("brpop", call -> blockingPop(call, ListEnd.RIGHT));
    engine.register("lmpop", call -> multiPop(call, 1, null));
    engine.register("blmpop", call -> multiPop(call, 2, Timeouts.deadlineMillis(call, 1)));
  }

  private static void blockingPop(Call call, ListEnd end) {
    int last = call.count() - 1;
    long deadlineMillis = Timeouts.deadlineMillis(call, last);
    new Pop(end, 1, false).popOrWait(call, 1, last, deadlineMillis);
  }

  private static void multiPop(Call call, int numkeysAt, @Nullable Long deadlineMillis) {
    MultiPopArguments arguments = MultiPopArguments.parse(call, numkeysAt);
    ListEnd end = ListEnd.of(call, arguments.endAt());
    long count = arguments.parseCount(call);
    new Pop(end, count, true).popOrWait(call, numkeysAt + 1, arguments.endAt(), deadlineMillis);
  }

  /** What one of these commands does with the first list that it finds. */
  private static final class Pop extends FirstPop<ListValue> {
    private final ListEnd end;
    private final long count;
    private final boolean many;

    /**
     * @param count elements at most
     * @param many whether the reply is an array of elements, rather than one
     */
    Pop(ListEnd end, long count, boolean many) {
      super(ListValue.class, ValueType.LIST);
      this.end = end;
      this.count = count;
      this.many = many;
    }

    @Override
    void perform(Call call, byte[] key, ListValue list) {
      int popped = (int) Math.min(count, list.size());
      RespWriter out = call.out().array(2).bulk(key);
      if (many) {
        out.array(popped);
      }
      for (int left = popped; left > 0; left--) {
        out.bulk(end.pop(list));
      }
      call.changedMaybeEmpty(key, list);
      if (many) {
        call.propagate(end.popCommand(), key, Words.bytes(popped));
      } else {
        call.propagate(end.popCommand(), key);
      }
    }
  }
}
