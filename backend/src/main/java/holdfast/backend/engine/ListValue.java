package holdfast.backend.engine;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A list: byte strings in an order, cheap at both ends.
 *
 * <p>It is a row of chunks of at most {@link #CHUNK_MAX} elements: a push or pop touches one chunk,
 * a change in the middle moves at most half a chunk, and an index is found by walking over chunks
 * from the nearer end. A chunk that has become sparse by removals in the middle is joined with its
 * neighbour. Redis 7.0 names every list a quicklist. Elements that were handed in or out are never
 * changed, by this class or by anybody. One thread. Methods that take an index trust it to be
 * there.
 */
public final class ListValue extends Value implements Iterable<byte[]> {
  /** Elements per chunk at most. */
  static final int CHUNK_MAX = 128;

  /** Removals up to which it is cheaper to remove one by one than to build the list anew. */
  private static final int FEW = 8;

  /** Never empty chunks. */
  private Ring<Ring<byte[]>> chunks = new Ring<>();

  private int size;

  // Where the last findChunk ended.
  private int foundChunk;
  private int foundOffset;

  @Override
  public ValueType type() {
    return ValueType.LIST;
  }

  @Override
  public String encoding() {
    return "quicklist";
  }

  @Override
  public ListValue copy() {
    ListValue copy = new ListValue();
    for (int i = 0; i < chunks.size(); i++) {
      copy.chunks.addLast(chunks.get(i).copy());
    }
    copy.size = size;
    return copy;
  }

  @Override
  public boolean isEmpty() {
    return size == 0;
  }

  /** How many elements it has. */
  public int size() {
    return size;
  }

  /** How many chunks hold them. */
  int chunkCount() {
    return chunks.size();
  }

  public void addFirst(byte[] element) {
    if (size == 0 || chunks.get(0).size() == CHUNK_MAX) {
      chunks.addFirst(new Ring<>());
    }
    chunks.get(0).addFirst(element);
    size++;
  }

  public void addLast(byte[] element) {
    if (size == 0 || lastChunk().size() == CHUNK_MAX) {
      chunks.addLast(new Ring<>());
    }
    lastChunk().addLast(element);
    size++;
  }

  private Ring<byte[]> lastChunk() {
    return chunks.get(chunks.size() - 1);
  }

  /** Removes and returns the first element; there is one. */
  public byte[] removeFirst() {
    Ring<byte[]> chunk = chunks.get(0);
    byte[] element = chunk.remove(0);
    if (chunk.size() == 0) {
      chunks.remove(0);
    }
    size--;
    return element;
  }

  /** Removes and returns the last element; there is one. */
  public byte[] removeLast() {
    Ring<byte[]> chunk = lastChunk();
    byte[] element = chunk.remove(chunk.size() - 1);
    if (chunk.size() == 0) {
      chunks.remove(chunks.size() - 1);
    }
    size--;
    return element;
  }

  /** The element at {@code index}, from 0. */
  public byte[] get(int index) {
    findChunk(index);
    return chunks.get(foundChunk).get(foundOffset);
  }

  /** Replaces the element at {@code index}. */
  void set(int index, byte[] element) {
    findChunk(index);
    chunks.get(foundChunk).set(foundOffset, element);
  }

  /** Puts {@code element} before the one at {@code index}, which may be the size. */
  void insert(int index, byte[] element) {
    if (index == 0) {
      addFirst(element);
      return;
    }
    if (index == size) {
      addLast(element);
      return;
    }
    findChunk(index);
    Ring<byte[]> chunk = chunks.get(foundChunk);
    if (chunk.size() == CHUNK_MAX) {
      int half = CHUNK_MAX / 2;
      Ring<byte[]> tail = new Ring<>();
      for (int i = half; i < CHUNK_MAX; i++) {
        tail.addLast(chunk.get(i));
      }
      chunk.removeRange(half, CHUNK_MAX);
      chunks.insert(foundChunk + 1, tail);
      if (foundOffset > half) {
        foundOffset -= half;
        chunk = tail;
      }
    }
    chunk.insert(foundOffset, element);
    size++;
  }

  /** Removes the elements from {@code from} up to but without {@code to}. */
  void removeRange(int from, int to) {
    if (from == 0 && to == size) {
      chunks = new Ring<>();
      size = 0;
      return;
    }
    int left = to - from;
    if (left == 0) {
      return;
    }
    findChunk(from);
    int at = foundChunk;
    int offset = foundOffset;
    if (offset > 0) {
      Ring<byte[]> chunk = chunks.get(at);
      int here = Math.min(left, chunk.size() - offset);
      chunk.removeRange(offset, offset + here);
      left -= here;
      at++;
    }
    int whole = at;
    while (left > 0 && chunks.get(whole).size() <= left) {
      left -= chunks.get(whole).size();
      whole++;
    }
    chunks.removeRange(at, whole);
    if (left > 0) {
      chunks.get(at).removeRange(0, left);
    }
    size -= to - from;
    // The chunk before the gap and the one after it, each with both of its neighbours.
    for (int chunk = at; chunk >= at - 2; chunk--) {
      joinSparse(chunk);
    }
  }

  /**
   * Removes elements that equal {@code element}.
   *
   * @param count how many at most: from the front, if negative from the end, 0 for all
   * @return how many were removed
   */
  int removeEqual(byte[] element, long count) {
    long most = count == 0 || count == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(count);
    BitSet found = new BitSet();
    int index = count < 0 ? size - 1 : 0;
    Iterator<byte[]> elements = count < 0 ? descendingIterator(index) : iterator();
    for (; elements.hasNext() && most != 0; index += count < 0 ? -1 : 1) {
      if (Arrays.equals(elements.next(), element)) {
        found.set(index);
        most--;
      }
    }
    int removed = found.cardinality();
    if (removed <= FEW) {
      for (int at = found.length() - 1; at >= 0; at = found.previousSetBit(at - 1)) {
        removeRange(at, at + 1);
      }
      return removed;
    }
    ListValue rest = new ListValue();
    index = 0;
    for (byte[] kept : this) {
      if (!found.get(index++)) {
        rest.addLast(kept);
      }
    }
    chunks = rest.chunks;
    size = rest.size;
    return removed;
  }

  /** Joins a chunk with the one after it if both together are at most half full. */
  private void joinSparse(int at) {
    if (at < 0 || at + 1 >= chunks.size()) {
      return;
    }
    Ring<byte[]> chunk = chunks.get(at);
    Ring<byte[]> next = chunks.get(at + 1);
    if (chunk.size() + next.size() <= CHUNK_MAX / 2) {
      for (int i = 0; i < next.size(); i++) {
        chunk.addLast(next.get(i));
      }
      chunks.remove(at + 1);
    }
  }

  private void findChunk(int index) {
    if (index < size / 2) {
      int chunk = 0;
      int offset = index;
      for (int here; offset >= (here = chunks.get(chunk).size()); offset -= here) {
        chunk++;
      }
      foundChunk = chunk;
      foundOffset = offset;
      return;
    }
    int chunk = chunks.size() - 1;
    int fromEnd = size - 1 - index;
    for (int here; fromEnd >= (here = chunks.get(chunk).size()); fromEnd -= here) {
      chunk--;
    }
    foundChunk = chunk;
    foundOffset = chunks.get(chunk).size() - 1 - fromEnd;
  }

  /** The elements in order; the list must not change meanwhile. */
  @Override
  public Iterator<byte[]> iterator() {
    return iterator(0);
  }

  /** The elements from {@code index} on, which may be the size. */
  Iterator<byte[]> iterator(int index) {
    return new Walk(index, 1);
  }

  /** The elements from {@code index} back to the first; -1 for none. */
  Iterator<byte[]> descendingIterator(int index) {
    return new Walk(index, -1);
  }

  private final class Walk implements Iterator<byte[]> {
    private final int step;
    private int left;
    private int chunk;
    private int offset;

    Walk(int index, int step) {
      this.step = step;
      left = step > 0 ? size - index : index + 1;
      if (left > 0) {
        findChunk(index);
        chunk = foundChunk;
        offset = foundOffset;
      }
    }

    @Override
    public boolean hasNext() {
      return left > 0;
    }

    @Override
    public byte[] next() {
      if (left == 0) {
        throw new NoSuchElementException();
      }
      byte[] element = chunks.get(chunk).get(offset);
      left--;
      offset += step;
      if (left > 0 && offset < 0) {
        chunk--;
        offset = chunks.get(chunk).size() - 1;
      } else if (left > 0 && offset == chunks.get(chunk).size()) {
        chunk++;
        offset = 0;
      }
      return element;
    }
  }
}
