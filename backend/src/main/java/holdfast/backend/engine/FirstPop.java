package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What BLPOP, BZPOPMIN, LMPOP, BZMPOP and their kin share: they take from the first collection that
 * they find under some keys, and some wait until there is one.
 */
abstract class FirstPop<V extends Value> implements BlockedOperation {
  private final Class<V> kind;
  private final ValueType type;

  FirstPop(Class<V> kind, ValueType type) {
    this.kind = kind;
    this.type = type;
  }

  /** Takes from this collection, which has at least one element, replies and propagates. */
  abstract void perform(Call call, byte[] key, V value);

  /**
   * Serves the call from the first of its keys.
   *
   * @param from index of the first key among the arguments
   * @param to behind the last
   * @param deadlineMillis until when it waits; null if it never does
   */
  final void popOrWait(Call call, int from, int to, @Nullable Long deadlineMillis) {
    for (int at = from; at < to; at++) {
      if (serve(call, call.arg(at))) {
        return;
      }
    }
    if (deadlineMillis != null && call.mayBlock()) {
      List<byte[]> keys = Arrays.asList(call.args()).subList(from, to);
      call.block(keys, deadlineMillis, this);
    } else {
      call.out().nilArray();
    }
  }

  @Override
  public final boolean wants(ValueType of) {
    return of == type;
  }

  @Override
  public final boolean serve(Call call, byte[] key) {
    V value = call.get(key, kind);
    if (value == null) {
      return false;
    }
    perform(call, key, value);
    return true;
  }

  @Override
  public final void timedOut(RespWriter out) {
    out.nilArray();
  }
}
