package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * The commands of lists that neither block nor move elements between keys. Source: Redis {@code
 * t_list.c}.
 */
final class ListCommands {

  private ListCommands() {}

  static void register(Engine engine) {
    engine.register("lpush", call -> push(call, ListEnd.LEFT, true));
    engine.register("rpush", call -> push(call, ListEnd.RIGHT, true));
    engine.register("lpushx", call -> push(call, ListEnd.LEFT, false));
    engine.register("rpushx", call -> push(call, ListEnd.RIGHT, false));
    engine.register("lpop", call -> pop(call, ListEnd.LEFT));
    engine.register("rpop", call -> pop(call, ListEnd.RIGHT));
    engine.register("llen", ListCommands::llen);
    engine.register("lrange", ListCommands::lrange);
    engine.register("lindex", ListCommands::lindex);
    engine.register("lset", ListCommands::lset);
    engine.register("linsert", ListCommands::linsert);
    engine.register("lrem", ListCommands::lrem);
    engine.register("ltrim", ListCommands::ltrim);
    engine.register("lpos", ListCommands::lpos);
  }

  private static void push(Call call, ListEnd end, boolean create) {
    ListValue list = call.get(call.arg(1), ListValue.class);
    if (list == null) {
      if (!create) {
        call.out().integer(0);
        return;
      }
      list = new ListValue();
      call.db().put(call.arg(1), list);
    }
    for (int at = 2; at < call.count(); at++) {
      end.push(list, call.arg(at));
    }
    call.changed(call.arg(1));
    call.out().integer(list.size());
  }

  private static void pop(Call call, ListEnd end) {
    if (call.count() > 3) {
      throw Errors.arity(call.facts().name());
    }
    boolean many = call.count() == 3;
    long count = many ? call.integer(2, 0, Long.MAX_VALUE, Errors.NOT_POSITIVE) : 1;
    ListValue list = call.get(call.arg(1), ListValue.class);
    RespWriter out = call.out();
    if (list == null) {
      if (many) {
        out.nilArray();
      } else {
        out.nil();
      }
      return;
    }
    if (count == 0) {
      out.array(0);
      return;
    }
    int popped = (int) Math.min(count, list.size());
    if (many) {
      out.array(popped);
    }
    for (int left = popped; left > 0; left--) {
      out.bulk(end.pop(list));
    }
    call.changedMaybeEmpty(call.arg(1), list);
  }

  private static void llen(Call call) {
    ListValue list = call.read(call.arg(1), ListValue.class);
    call.out().integer(list == null ? 0 : list.size());
  }

  private static void lrange(Call call) {
    long start = call.integer(2);
    long end = call.integer(3);
    ListValue list = call.read(call.arg(1), ListValue.class);
    IndexRange range = IndexRange.of(start, end, list == null ? 0 : list.size());
    RespWriter out = call.out().array(range.size());
    if (list != null && range.size() > 0) {
      Iterator<byte[]> elements = list.iterator(range.from());
      for (int left = range.size(); left > 0; left--) {
        out.bulk(elements.next());
      }
    }
  }

  private static void lindex(Call call) {
    ListValue list = call.read(call.arg(1), ListValue.class);
    if (list == null) {
      call.out().nil();
      return;
    }
    int index = index(list, call.integer(2));
    if (index < 0) {
      call.out().nil();
    } else {
      call.out().bulk(list.get(index));
    }
  }

  /** An index from the front for one that may count from the end; -1 if there is none. */
  private static int index(ListValue list, long given) {
    long index = given < 0 ? list.size() + given : given;
    return index < 0 || index >= list.size() ? -1 : (int) index;
  }

  private static void lset(Call call) {
    ListValue list = call.get(call.arg(1), ListValue.class);
    if (list == null) {
      throw Errors.NO_SUCH_KEY;
    }
    int index = index(list, call.integer(2));
    if (index < 0) {
      throw Errors.INDEX_OUT_OF_RANGE;
    }
    list.set(index, call.arg(3));
    call.changed(call.arg(1));
    call.out().ok();
  }

  private static void linsert(Call call) {
    boolean after = call.is(2, "after");
    if (!after && !call.is(2, "before")) {
      throw Errors.SYNTAX;
    }
    ListValue list = call.get(call.arg(1), ListValue.class);
    if (list == null) {
      call.out().integer(0);
      return;
    }
    int index = 0;
    for (byte[] element : list) {
      if (Arrays.equals(element, call.arg(3))) {
        list.insert(after ? index + 1 : index, call.arg(4));
        call.changed(call.arg(1));
        call.out().integer(list.size());
        return;
      }
      index++;
    }
    call.out().integer(-1);
  }

  private static void lrem(Call call) {
    long count = call.integer(2);
    ListValue list = call.get(call.arg(1), ListValue.class);
    int removed = list == null ? 0 : list.removeEqual(call.arg(3), count);
    if (list != null && removed > 0) {
      call.changedMaybeEmpty(call.arg(1), list);
    }
    call.out().integer(removed);
  }

  private static void ltrim(Call call) {
    long start = call.integer(2);
    long end = call.integer(3);
    ListValue list = call.get(call.arg(1), ListValue.class);
    if (list != null) {
      IndexRange range = IndexRange.of(start, end, list.size());
      int before = list.size();
      if (range.size() == 0) {
        list.removeRange(0, before);
      } else {
        list.removeRange(range.to(), before);
        list.removeRange(0, range.from());
      }
      if (list.size() < before) {
        call.changedMaybeEmpty(call.arg(1), list);
      } else {
        call.db().touch(call.arg(1)); // WATCH fails even so, but nothing is replicated
      }
    }
    call.out().ok();
  }

  private static void lpos(Call call) {
    long rank = 1;
    long count = -1;
    long maxlen = 0;
    for (int at = 3; at < call.count(); at += 2) {
      boolean hasValue = at + 1 < call.count();
      if (hasValue && call.is(at, "rank")) {
        rank = call.integer(at + 1);
        if (rank == 0) {
          throw CollectionErrors.RANK_ZERO;
        }
      } else if (hasValue && call.is(at, "count")) {
        count = call.integer(at + 1, 0, Long.MAX_VALUE, CollectionErrors.COUNT_NEGATIVE);
      } else if (hasValue && call.is(at, "maxlen")) {
        maxlen = call.integer(at + 1, 0, Long.MAX_VALUE, CollectionErrors.MAXLEN_NEGATIVE);
      } else {
        throw Errors.SYNTAX;
      }
    }
    ListValue list = call.read(call.arg(1), ListValue.class);
    List<Integer> found =
        list == null ? List.of() : positions(list, call.arg(2), rank, count, maxlen);
    if (count < 0) {
      if (found.isEmpty()) {
        call.out().nil();
      } else {
        call.out().integer(found.getFirst());
      }
      return;
    }
    call.out().array(found.size());
    found.forEach(call.out()::integer);
  }

  private static List<Integer> positions(
      ListValue list, byte[] wanted, long rank, long count, long maxlen) {
    boolean fromEnd = rank < 0;
    // Long.MIN_VALUE stays negative, and so counts as -1, as it does in Redis.
    long skip = Math.abs(rank) - 1;
    long most = count < 0 ? 1 : count == 0 ? Long.MAX_VALUE : count;
    long looks = maxlen == 0 ? Long.MAX_VALUE : maxlen;
    List<Integer> found = new ArrayList<>();
    int index = fromEnd ? list.size() - 1 : 0;
    Iterator<byte[]> elements = fromEnd ? list.descendingIterator(index) : list.iterator();
    for (; elements.hasNext() && looks-- > 0 && found.size() < most; index += fromEnd ? -1 : 1) {
      if (Arrays.equals(elements.next(), wanted) && skip-- <= 0) {
        found.add(index);
      }
    }
    return found;
  }
}
