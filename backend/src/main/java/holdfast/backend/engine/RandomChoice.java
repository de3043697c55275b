package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Random members of collections, for HRANDFIELD, SRANDMEMBER, SPOP and ZRANDMEMBER. */
final class RandomChoice {
  /**
   * How many members one command may ask for when they may repeat. Redis has no bound and would
   * build the whole reply in memory; here more is "out of range".
   */
  static final int REPEATED_MAX = 1 << 24;

  private RandomChoice() {}

  /**
   * The optional count of HRANDFIELD, SRANDMEMBER and ZRANDMEMBER: negative if members may repeat.
   *
   * @throws CommandError no integer, or out of range
   */
  static long count(Call call, int at) {
    long count = call.integer(at);
    if (count == Long.MIN_VALUE) {
      throw CollectionErrors.RANDOM_COUNT_OUT_OF_RANGE;
    }
    return count;
  }

  /**
   * As {@link #count}, where argument {@code at + 1}, if there is one, must be {@code word}, which
   * doubles the length of the reply.
   */
  static long countOfPairs(Call call, int at, String word) {
    long count = count(call, at);
    if (call.count() > at + 2 || (call.count() == at + 2 && !call.is(at + 1, word))) {
      throw Errors.SYNTAX;
    }
    if (call.count() == at + 2 && Math.abs(count) > Long.MAX_VALUE / 2) {
      throw Errors.OUT_OF_RANGE;
    }
    return count;
  }

  /** Checks a negative count, and makes it positive. */
  static int repeated(long negativeCount) {
    if (negativeCount < -REPEATED_MAX) {
      throw Errors.OUT_OF_RANGE;
    }
    return (int) -negativeCount;
  }

  /**
   * {@code count} different ones of {@code size} members, all equally likely.
   *
   * @param all gives all members, in an array that may be shuffled
   * @param one gives some member
   * @param name tells two members apart
   */
  static <T> List<T> distinct(
      int count,
      int size,
      Supplier<T[]> all,
      Supplier<T> one,
      Function<T, byte[]> name,
      RandomGenerator random) {
    if (count * 3L <= size) {
      // Few of many: draw again what was drawn before, which is rare.
      ByteTable<T> drawn = new ByteTable<>();
      while (drawn.size() < count) {
        T member = one.get();
        drawn.put(name.apply(member), member);
      }
      List<T> out = new ArrayList<>(count);
      drawn.forEach(entry -> out.add(entry.value()));
      return out;
    }
    T[] members = all.get();
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i, members.length);
      T swapped = members[i];
      members[i] = members[other];
      members[other] = swapped;
    }
    return Arrays.asList(members).subList(0, count);
  }

  /** {@code count} different numbers below {@code size}, ascending. */
  static int[] distinctIndexes(int count, int size, RandomGenerator random) {
    // Floyd's sampling: each subset is equally likely, with one draw per number.
    var chosen = new java.util.BitSet(Math.min(size, 1 << 16));
    for (int bound = size - count; bound < size; bound++) {
      int drawn = random.nextInt(bound + 1);
      chosen.set(chosen.get(drawn) ? bound : drawn);
    }
    return chosen.stream().toArray();
  }
}
