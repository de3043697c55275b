package holdfast.backend.replication;

/**
 * The last bytes of the stream, kept for replicas whose link broke: a ring of fixed size that
 * forgets its oldest bytes. Memory is taken as bytes come, up to the size. Mutable; one thread.
 */
public final class Backlog {
  /** Redis's smallest, 16 KB. */
  public static final int SIZE_MIN = 16 * 1024;

  /** Our largest; Redis has none, a Java array ends here. */
  public static final int SIZE_MAX = 1 << 30;

  /** Takes a piece of the stream. */
  @FunctionalInterface
  public interface Piece {
    /** The bytes are the backlog's own: copy them before returning. */
    void take(byte[] bytes, int from, int length);
  }

  private int size;
  private byte[] ring;

  /** Number of the byte that comes next. */
  private long next;

  /** How many bytes before {@link #next} are here; never more than the ring has room for. */
  private int held;

  /**
   * @param size most bytes to keep
   * @param next number of the first byte that will come
   */
  public Backlog(int size, long next) {
    this.size = checkedSize(size);
    this.ring = new byte[SIZE_MIN];
    this.next = next;
  }

  private static int checkedSize(long size) {
    if (size < SIZE_MIN || size > SIZE_MAX) {
      throw new IllegalArgumentException(
          "backlog of " + size + " bytes, expected " + SIZE_MIN + " to " + SIZE_MAX);
    }
    return (int) size;
  }

  /** Most bytes it keeps. */
  public int size() {
    return size;
  }

  /** Bytes it holds. */
  public int held() {
    return held;
  }

  /** Number of the oldest byte it holds; {@link #nextOffset} if none. */
  public long firstOffset() {
    return next - held;
  }

  /** Number of the byte that comes next. */
  public long nextOffset() {
    return next;
  }

  /** The stream's next bytes. */
  public void append(byte[] bytes, int from, int length) {
    next += length;
    int start = from;
    int count = length;
    if (count >= size) {
      start += count - size;
      count = size;
    }
    makeRoom(count);
    // A byte's place follows from its number, so that growing is the only time bytes move.
    int place = place(next - count);
    int first = Math.min(count, ring.length - place);
    System.arraycopy(bytes, start, ring, place, first);
    System.arraycopy(bytes, start + first, ring, 0, count - first);
    held = (int) Math.min(ring.length, (long) held + count);
  }

  private int place(long number) {
    return (int) (number % ring.length);
  }

  private void makeRoom(int count) {
    long wanted = (long) held + count;
    if (wanted > ring.length && ring.length < size) {
      long doubled = Math.max(ring.length * 2L, wanted);
      // Called with next already moved: what is held ends count before it.
      move((int) Math.min(size, doubled), next - count);
    }
  }

  private void move(int capacity, long end) {
    var moved = new byte[capacity];
    int keep = Math.min(held, capacity);
    for (long number = end - keep; number < end; ) {
      int from = place(number);
      int to = (int) (number % capacity);
      int count = (int) Math.min(end - number, Math.min(ring.length - from, capacity - to));
      System.arraycopy(ring, from, moved, to, count);
      number += count;
    }
    ring = moved;
    held = keep;
  }

  /**
   * Hands over all bytes from number {@code offset} on, in one or two pieces.
   *
   * @throws IllegalArgumentException if it no longer has that byte, or not yet
   */
  public void from(long offset, Piece piece) {
    if (offset < firstOffset() || offset > next) {
      throw new IllegalArgumentException(
          "byte " + offset + ", expected " + firstOffset() + " to " + next);
    }
    int count = (int) (next - offset);
    int place = place(offset);
    int first = Math.min(count, ring.length - place);
    if (first > 0) {
      piece.take(ring, place, first);
    }
    if (count > first) {
      piece.take(ring, 0, count - first);
    }
  }

  /** Keeps at most this many bytes from now on; the newest stay. */
  public void resize(long newSize) {
    size = checkedSize(newSize);
    if (ring.length > size) {
      move(size, next);
    }
  }

  /** Forgets everything and gives the memory back; the next byte has this number. */
  public void clear(long nextOffset) {
    ring = new byte[SIZE_MIN];
    held = 0;
    next = nextOffset;
  }
}
