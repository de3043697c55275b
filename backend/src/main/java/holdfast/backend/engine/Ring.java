package holdfast.backend.engine;

import java.util.Arrays;

/**
 * A growing circular array: constant time at both ends and by index; insertion and removal in the
 * middle move the shorter side. The building block of {@link ListValue}, both for its chunks and
 * for the row of them. One thread; indexes are trusted, not checked.
 */
final class Ring<T> {
  private static final int CAPACITY_MIN = 4;

  /** A power of two of places. */
  private T[] items = newArray(CAPACITY_MIN);

  /** Where element 0 is. */
  private int head;

  private int size;

  @SuppressWarnings("unchecked") // never leaves this class
  private static <T> T[] newArray(int capacity) {
    return (T[]) new Object[capacity];
  }

  int size() {
    return size;
  }

  private int place(int index) {
    return head + index & items.length - 1;
  }

  T get(int index) {
    return items[place(index)];
  }

  void set(int index, T item) {
    items[place(index)] = item;
  }

  void addFirst(T item) {
    insert(0, item);
  }

  void addLast(T item) {
    insert(size, item);
  }

  /** Puts {@code item} before the one at {@code index}, which may be the size. */
  void insert(int index, T item) {
    if (size == items.length) {
      resize(2 * items.length);
    }
    if (index < size / 2) {
      head = head - 1 & items.length - 1;
      for (int i = 0; i < index; i++) {
        set(i, get(i + 1));
      }
    } else {
      for (int i = size; i > index; i--) {
        set(i, get(i - 1));
      }
    }
    size++;
    set(index, item);
  }

  T remove(int index) {
    T removed = get(index);
    if (index < size / 2) {
      for (int i = index; i > 0; i--) {
        set(i, get(i - 1));
      }
      clear(0);
      head = head + 1 & items.length - 1;
    } else {
      for (int i = index; i < size - 1; i++) {
        set(i, get(i + 1));
      }
      clear(size - 1);
    }
    size--;
    if (items.length > CAPACITY_MIN && size <= items.length / 4) {
      resize(items.length / 2);
    }
    return removed;
  }

  /** Removes the elements from {@code from} up to but without {@code to}. */
  void removeRange(int from, int to) {
    int count = to - from;
    for (int i = to; i < size; i++) {
      set(i - count, get(i));
    }
    for (int i = size - count; i < size; i++) {
      clear(i);
    }
    size -= count;
    int capacity = items.length;
    while (capacity > CAPACITY_MIN && size <= capacity / 4) {
      capacity /= 2;
    }
    if (capacity != items.length) {
      resize(capacity);
    }
  }

  @SuppressWarnings("NullAway") // a free place holds nothing
  private void clear(int index) {
    items[place(index)] = null;
  }

  private void resize(int capacity) {
    T[] to = newArray(capacity);
    int first = Math.min(size, items.length - head);
    System.arraycopy(items, head, to, 0, first);
    System.arraycopy(items, 0, to, first, size - first);
    items = to;
    head = 0;
  }

  /** A ring of the same items. */
  Ring<T> copy() {
    Ring<T> copy = new Ring<>();
    copy.items = Arrays.copyOf(items, items.length);
    copy.head = head;
    copy.size = size;
    return copy;
  }
}
