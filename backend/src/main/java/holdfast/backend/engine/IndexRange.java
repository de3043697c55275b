package holdfast.backend.engine;

/**
 * The part of a sequence that LRANGE, LTRIM and ZRANGE name by two indexes, both of which belong to
 * it and may count from the end.
 *
 * @param from the first index of the part
 * @param to the index after its last; not below {@code from}
 */
record IndexRange(int from, int to) {
  private static final IndexRange NOTHING = new IndexRange(0, 0);

  /** The part of {@code size} elements from {@code start} to {@code end}. */
  static IndexRange of(long start, long end, int size) {
    long from = Math.max(0, start < 0 ? start + size : start);
    long to = Math.min(size - 1L, end < 0 ? end + size : end);
    return from > to ? NOTHING : new IndexRange((int) from, (int) to + 1);
  }

  int size() {
    return to - from;
  }
}
