package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Intersection, union and difference of sets. Source: Redis {@code t_set.c}, sinterGenericCommand
 * and sunionDiffGenericCommand.
 */
final class SetAlgebra {

  /** Makes a new set out of those under the keys; absent ones are null. */
  @FunctionalInterface
  private interface Operation {
    SetValue of(List<@Nullable SetValue> sets);
  }

  private SetAlgebra() {}

  static void register(Engine engine) {
    engine.register("sinter", call -> reply(call, SetAlgebra::intersection));
    engine.register("sinterstore", call -> store(call, SetAlgebra::intersection));
    engine.register("sintercard", SetAlgebra::sintercard);
    engine.register("sunion", call -> reply(call, SetAlgebra::union));
    engine.register("sunionstore", call -> store(call, SetAlgebra::union));
    engine.register("sdiff", call -> reply(call, SetAlgebra::difference));
    engine.register("sdiffstore", call -> store(call, SetAlgebra::difference));
  }

  private static void reply(Call call, Operation operation) {
    SetValue result = operation.of(sets(call, 1, call.count()));
    RespWriter out = call.out().set(result.size());
    result.forEach(out::bulk);
  }

  private static void store(Call call, Operation operation) {
    SetValue result = operation.of(sets(call, 2, call.count()));
    call.store(call.arg(1), result, result.size());
  }

  private static List<@Nullable SetValue> sets(Call call, int from, int to) {
    List<@Nullable SetValue> sets = new ArrayList<>(to - from);
    for (int at = from; at < to; at++) {
      sets.add(call.get(call.arg(at), SetValue.class));
    }
    return sets;
  }

  private static SetValue union(List<@Nullable SetValue> sets) {
    SetValue result = new SetValue();
    for (SetValue set : sets) {
      if (set != null) {
        set.forEach(result::add);
      }
    }
    return result;
  }

  private static SetValue difference(List<@Nullable SetValue> sets) {
    SetValue result = new SetValue();
    SetValue first = sets.getFirst();
    if (first == null) {
      return result;
    }
    List<SetValue> others = new ArrayList<>();
    for (SetValue set : sets.subList(1, sets.size())) {
      if (set != null) {
        others.add(set);
      }
    }
    // The smallest number of look-ups: each member in the others, or the others' in a copy.
    long lookUps = (long) first.size() * others.size();
    long removals = others.stream().mapToLong(SetValue::size).sum();
    if (lookUps > 2 * (first.size() + removals) && !others.contains(first)) {
      first.forEach(result::add);
      others.forEach(set -> set.forEach(result::remove));
      return result;
    }
    first.forEach(
        member -> {
          for (SetValue other : others) {
            if (other.contains(member)) {
              return;
            }
          }
          result.add(member);
        });
    return result;
  }

  private static SetValue intersection(List<@Nullable SetValue> sets) {
    SetValue result = new SetValue();
    intersect(
        sets,
        member -> {
          result.add(member);
          return true;
        });
    return result;
  }

  /** Hands the common members on, in the smallest set's order, until the consumer says false. */
  private static void intersect(List<@Nullable SetValue> sets, Predicate<byte[]> consumer) {
    List<SetValue> bySize = new ArrayList<>();
    for (SetValue set : sets) {
      if (set == null) {
        return;
      }
      bySize.add(set);
    }
    bySize.sort(Comparator.comparingInt(SetValue::size));
    List<SetValue> others = bySize.subList(1, bySize.size());
    for (byte[] member : bySize.getFirst().toArray()) {
      if (others.stream().allMatch(set -> set.contains(member)) && !consumer.test(member)) {
        return;
      }
    }
  }

  private static void sintercard(Call call) {
    long keys = call.integer(1, 1, Long.MAX_VALUE, CollectionErrors.NUMKEYS);
    if (keys > call.count() - 2) {
      throw CollectionErrors.TOO_MANY_KEYS;
    }
    int options = 2 + (int) keys;
    long limit = limit(call, options);
    List<@Nullable SetValue> sets = sets(call, 2, options);
    int[] common = {0};
    intersect(sets, member -> ++common[0] != limit);
    call.out().integer(common[0]);
  }

  /** The LIMIT of SINTERCARD and ZINTERCARD from an argument on, 0 if there is none. */
  static long limit(Call call, int from) {
    long limit = 0;
    for (int at = from; at < call.count(); at += 2) {
      if (!call.is(at, "limit") || at + 1 == call.count()) {
        throw Errors.SYNTAX;
      }
      limit = call.integer(at + 1, 0, Long.MAX_VALUE, CollectionErrors.LIMIT_NEGATIVE);
    }
    return limit;
  }
}
