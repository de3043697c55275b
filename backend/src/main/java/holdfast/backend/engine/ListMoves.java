package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * LMOVE, RPOPLPUSH and their blocking forms. A blocking one is replicated as the form that does not
 * block. Source: Redis {@code t_list.c}, lmoveGenericCommand and serveClientBlockedOnList.
 */
final class ListMoves {
  private static final byte[] LMOVE = Words.bytes("LMOVE");
  private static final byte[] RPOPLPUSH = Words.bytes("RPOPLPUSH");

  /** From which end of the first list to which end of the second; in which words. */
  private record Move(ListEnd from, ListEnd to, boolean named) {
    byte[][] command(Call call) {
      byte[] sourceKey = call.arg(1);
      byte[] targetKey = call.arg(2);
      return named
          ? new byte[][] {LMOVE, sourceKey, targetKey, from.word(), to.word()}
          : new byte[][] {RPOPLPUSH, sourceKey, targetKey};
    }
  }

  private static final Move RIGHT_TO_LEFT = new Move(ListEnd.RIGHT, ListEnd.LEFT, false);

  private ListMoves() {}

  static void register(Engine engine) {
    engine.register("lmove", call -> move(call, named(call), null));
    engine.register("rpoplpush", call -> move(call, RIGHT_TO_LEFT, null));
    engine.register("blmove", call -> block(call, named(call), 5));
    engine.register("brpoplpush", call -> block(call, RIGHT_TO_LEFT, 3));
  }

  private static Move named(Call call) {
    return new Move(ListEnd.of(call, 3), ListEnd.of(call, 4), true);
  }

  private static void block(Call call, Move move, int timeoutAt) {
    long deadlineMillis = Timeouts.deadlineMillis(call, timeoutAt);
    move(call, move, deadlineMillis);
  }

  /**
   * Moves an element; if there is none, waits for it if a deadline is given and waiting is allowed.
   */
  private static void move(Call call, Move move, @Nullable Long deadlineMillis) {
    ListValue source = call.get(call.arg(1), ListValue.class);
    if (source == null) {
      if (deadlineMillis != null && call.mayBlock()) {
        call.block(List.of(call.arg(1)), deadlineMillis, new Waiting(move));
      } else {
        call.out().nil();
      }
      return;
    }
    perform(call, move, source);
    if (deadlineMillis != null) {
      call.propagate(move.command(call));
    }
  }

  private static void perform(Call call, Move move, ListValue source) {
    byte[] targetKey = call.arg(2);
    ListValue target = call.get(targetKey, ListValue.class);
    byte[] element = move.from.pop(source);
    if (target == null) {
      target = new ListValue();
      call.db().put(targetKey, target);
    }
    move.to.push(target, element);
    call.changed(targetKey);
    call.changedMaybeEmpty(call.arg(1), source);
    call.out().bulk(element);
  }

  private record Waiting(Move move) implements BlockedOperation {
    @Override
    public boolean wants(ValueType type) {
      return type == ValueType.LIST;
    }

    @Override
    public boolean serve(Call call, byte[] key) {
      ListValue source = call.get(key, ListValue.class);
      if (source == null) {
        return false;
      }
      perform(call, move, source);
      call.propagate(move.command(call));
      return true;
    }

    @Override
    public void timedOut(RespWriter out) {
      out.nilArray(); // though the one that did not wait answers with no string
    }
  }
}
