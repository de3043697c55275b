package holdfast.backend.engine;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A set of byte strings.
 *
 * <p>As long as all members are canonical decimal integers of 64 bits, and at most {@link
 * #INTSET_ENTRIES_MAX} of them, it is a sorted array of numbers, which Redis calls an intset and
 * whose ascending order SMEMBERS shows; then it becomes a table for good. Arrays that were handed
 * in or out are never changed, by this class or by anybody. One thread.
 */
public final class SetValue extends Value {
  /** Redis's default of {@code set-max-intset-entries}. */
  static final int INTSET_ENTRIES_MAX = 512;

  private static final long[] NO_NUMBERS = {};

  /** Ascending; unused once {@link #table} is there. */
  private long[] numbers = NO_NUMBERS;

  /** Members in {@link #numbers}. */
  private int count;

  private @Nullable ByteTable<Boolean> table;

  @Override
  public ValueType type() {
    return ValueType.SET;
  }

  @Override
  public String encoding() {
    return table == null ? "intset" : "hashtable";
  }

  /** Whether all members are integers, in ascending order. */
  boolean isIntset() {
    return table == null;
  }

  @Override
  public SetValue copy() {
    SetValue copy = new SetValue();
    if (table == null) {
      copy.numbers = Arrays.copyOf(numbers, count);
      copy.count = count;
    } else {
      ByteTable<Boolean> members = new ByteTable<>();
      copy.table = members;
      forEach(member -> members.put(member, Boolean.TRUE));
    }
    return copy;
  }

  @Override
  public boolean isEmpty() {
    return size() == 0;
  }

  /** How many members it has. */
  public int size() {
    return table == null ? count : table.size();
  }

  public boolean contains(byte[] member) {
    if (table != null) {
      return table.containsKey(member);
    }
    return Numbers.isLong(member) && indexOf(Numbers.parseLong(member)) >= 0;
  }

  /**
   * Adds a member.
   *
   * @return whether it is new
   */
  public boolean add(byte[] member) {
    if (table != null) {
      return addTo(table, member);
    }
    if (!Numbers.isLong(member)) {
      return addTo(toTable(), member);
    }
    long number = Numbers.parseLong(member);
    int at = indexOf(number);
    if (at >= 0) {
      return false;
    }
    if (count == INTSET_ENTRIES_MAX) {
      return addTo(toTable(), member);
    }
    insert(-at - 1, number);
    return true;
  }

  private static boolean addTo(ByteTable<Boolean> table, byte[] member) {
    return table.put(member, Boolean.TRUE) == null;
  }

  private void insert(int at, long number) {
    if (count == numbers.length) {
      numbers = Arrays.copyOf(numbers, Math.max(4, count * 3 / 2));
    }
    System.arraycopy(numbers, at, numbers, at + 1, count - at);
    numbers[at] = number;
    count++;
  }

  /** Removes a member; whether it was there. */
  public boolean remove(byte[] member) {
    if (table != null) {
      return table.remove(member) != null;
    }
    if (!Numbers.isLong(member)) {
      return false;
    }
    int at = indexOf(Numbers.parseLong(member));
    if (at < 0) {
      return false;
    }
    count--;
    System.arraycopy(numbers, at + 1, numbers, at, count - at);
    return true;
  }

  /** Hands each member on; the set must not change meanwhile. */
  public void forEach(Consumer<byte[]> consumer) {
    if (table != null) {
      for (ByteTable.Entry<Boolean> entry : table) {
        consumer.accept(entry.key());
      }
      return;
    }
    for (int at = 0; at < count; at++) {
      consumer.accept(text(numbers[at]));
    }
  }

  /** All members, in the order of {@link #forEach}. */
  byte[][] toArray() {
    byte[][] members = new byte[size()][];
    int[] at = {0};
    forEach(member -> members[at[0]++] = member);
    return members;
  }

  /**
   * One step of SSCAN: hands members on and returns the next cursor, 0 at the end. A member that is
   * there all the time is handed on at least once.
   */
  long scan(long cursor, Consumer<byte[]> consumer) {
    if (table != null) {
      return table.scan(cursor, entry -> consumer.accept(entry.key()));
    }
    forEach(consumer);
    return 0;
  }

  /** Some member; the set is not empty. */
  byte[] random(RandomGenerator random) {
    return table == null ? text(numbers[random.nextInt(count)]) : table.randomEntry(random).key();
  }

  private int indexOf(long number) {
    return Arrays.binarySearch(numbers, 0, count, number);
  }

  private static byte[] text(long number) {
    return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
  }

  private ByteTable<Boolean> toTable() {
    ByteTable<Boolean> members = new ByteTable<>();
    forEach(member -> members.put(member, Boolean.TRUE));
    numbers = NO_NUMBERS;
    count = 0;
    table = members;
    return members;
  }
}
