package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SORT and SORT_RO. Source: Redis {@code sort.c}, sortCommandGeneric. */
final class SortCommand {
  /** One element with what it is sorted by. */
  private static final class Item {
    final byte[] element;
    double score;

    /** With ALPHA: what is compared; null if the pattern led to nothing. */
    byte @Nullable [] weight;

    Item(byte[] element) {
      this.element = element;
    }
  }

  private final Call call;
  private final boolean readOnly;
  private final List<SortPattern> gets = new ArrayList<>();
  private @Nullable SortPattern by;
  private byte @Nullable [] target;
  private boolean descending;
  private boolean alpha;

  /** BY a pattern without an asterisk: the elements stay in the order they have. */
  private boolean unsorted;

  private long offset;
  private long limit = -1;

  private SortCommand(Call call, boolean readOnly) {
    this.call = call;
    this.readOnly = readOnly;
  }

  static void register(Engine engine) {
    engine.register("sort", call -> new SortCommand(call, false).run());
    engine.register("sort_ro", call -> new SortCommand(call, true).run());
  }

  private void run() {
    for (int at = 2; at < call.count(); at++) {
      at += parseOption(at);
    }
    Value value = call.read(call.arg(1));
    if (unsorted && value instanceof SetValue && target != null) {
      // A set has no order of its own; what is stored must be the same on every replica.
      unsorted = false;
      alpha = true;
      by = null;
    }
    List<Item> items = load(value);
    if (!unsorted) {
      weigh(items);
      items.sort(order());
    } else if (descending && !(value instanceof SetValue)) {
      items = items.reversed();
    }
    emit(limited(items));
  }

  /** Reads the option at {@code at}; how many arguments follow it that belong to it. */
  private int parseOption(int at) {
    int after = call.count() - at - 1;
    if (call.is(at, "asc")) {
      descending = false;
    } else if (call.is(at, "desc")) {
      descending = true;
    } else if (call.is(at, "alpha")) {
      alpha = true;
    } else if (call.is(at, "limit") && after >= 2) {
      offset = call.integer(at + 1);
      limit = call.integer(at + 2);
      return 2;
    } else if (call.is(at, "store") && after >= 1 && !readOnly) {
      target = call.arg(at + 1);
      return 1;
    } else if (call.is(at, "by") && after >= 1) {
      by = new SortPattern(call.arg(at + 1));
      unsorted = !by.hasAsterisk();
      return 1;
    } else if (call.is(at, "get") && after >= 1) {
      gets.add(new SortPattern(call.arg(at + 1)));
      return 1;
    } else {
      throw Errors.SYNTAX;
    }
    return 0;
  }

  private static List<Item> load(@Nullable Value value) {
    List<Item> items = new ArrayList<>();
    switch (value) {
      case null -> {}
      case ListValue list -> list.forEach(element -> items.add(new Item(element)));
      case SetValue set -> set.forEach(member -> items.add(new Item(member)));
      case SortedSetValue set -> {
        set.expand(); // as Redis does; OBJECT ENCODING shows it
        set.forEach((member, score) -> items.add(new Item(member)));
      }
      case StringValue _, HashValue _ -> throw Errors.WRONG_TYPE;
    }
    return items;
  }

  private void weigh(List<Item> items) {
    for (Item item : items) {
      byte[] weight = by == null ? item.element : by.lookUp(call, item.element);
      if (alpha) {
        item.weight = weight;
      } else if (weight != null) {
        item.score = score(weight);
      }
    }
  }

  private static double score(byte[] text) {
    double score = Numbers.parseAfterSpaces(text, 0);
    boolean tooLarge =
        Double.isInfinite(score)
            && FloatSyntax.of(Words.text(text).strip()) != FloatSyntax.INFINITE;
    if (Double.isNaN(score) || tooLarge) {
      throw CollectionErrors.SORT_NOT_A_NUMBER;
    }
    return score;
  }

  private Comparator<Item> order() {
    Comparator<Item> order;
    if (alpha) {
      order = (a, b) -> compare(a.weight, b.weight);
    } else {
      order =
          (a, b) -> {
            if (a.score != b.score) {
              return a.score < b.score ? -1 : 1;
            }
            return Arrays.compareUnsigned(a.element, b.element);
          };
    }
    return descending ? order.reversed() : order;
  }

  /** Those without a weight come first. */
  private static int compare(byte @Nullable [] a, byte @Nullable [] b) {
    if (a == null || b == null) {
      return Boolean.compare(a != null, b != null);
    }
    return Arrays.compareUnsigned(a, b);
  }

  private List<Item> limited(List<Item> items) {
    int size = items.size();
    int from = Math.clamp(offset, 0, size);
    int to = limit < 0 ? size : (int) Math.min(size, from + Math.min(limit, size));
    return items.subList(from, to);
  }

  private void emit(List<Item> items) {
    List<byte @Nullable []> results = new ArrayList<>();
    for (Item item : items) {
      if (gets.isEmpty()) {
        results.add(item.element);
      }
      for (SortPattern pattern : gets) {
        results.add(pattern.lookUp(call, item.element));
      }
    }
    if (target != null) {
      store(target, results);
      return;
    }
    call.out().array(results.size());
    for (byte[] result : results) {
      if (result == null) {
        call.out().nil();
      } else {
        call.out().bulk(result);
      }
    }
  }

  private void store(byte[] key, List<byte @Nullable []> results) {
    if (!results.isEmpty()) {
      ListValue list = new ListValue();
      for (byte[] result : results) {
        list.addLast(result == null ? Words.EMPTY : result);
      }
      call.db().put(key, list);
      call.changed(key);
    } else if (call.db().remove(key)) {
      call.changed(key);
    }
    call.out().integer(results.size());
  }
}
