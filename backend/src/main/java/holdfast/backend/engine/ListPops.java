package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.Arrays;
import java.util.List;
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
    popFirst(call, 1, last, new Pop(end, 1, false), deadlineMillis);
  }

  private static void multiPop(Call call, int numkeysAt, @Nullable Long deadlineMillis) {
    MultiPopArguments arguments = MultiPopArguments.parse(call, numkeysAt);
    ListEnd end = ListEnd.of(call, arguments.endAt());
    long count = arguments.parseCount(call);
    popFirst(call, numkeysAt + 1, arguments.endAt(), new Pop(end, count, true), deadlineMillis);
  }

  private static void popFirst(
      Call call, int from, int to, Pop pop, @Nullable Long deadlineMillis) {
    for (int at = from; at < to; at++) {
      ListValue list = call.get(call.arg(at), ListValue.class);
      if (list != null) {
        pop.perform(call, call.arg(at), list);
        return;
      }
    }
    if (deadlineMillis != null && call.mayBlock()) {
      List<byte[]> keys = Arrays.asList(call.args()).subList(from, to);
      call.block(keys, deadlineMillis, pop);
    } else {
      call.out().nilArray();
    }
  }

  /**
   * What one of these commands does with the first list that it finds.
   *
   * @param count elements at most
   * @param many whether the reply is an array of elements, rather than one
   */
  private record Pop(ListEnd end, long count, boolean many) implements BlockedOperation {
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

    @Override
    public boolean wants(ValueType type) {
      return type == ValueType.LIST;
    }

    @Override
    public boolean serve(Call call, byte[] key) {
      ListValue list = call.get(key, ListValue.class);
      if (list == null) {
        return false;
      }
      perform(call, key, list);
      return true;
    }

    @Override
    public void timedOut(RespWriter out) {
      out.nilArray();
    }
  }
}
