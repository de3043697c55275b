package holdfast.backend.store;

/**
 * Unpacks LZF, in which Redis stores strings longer than 20 bytes where that is shorter. We write
 * strings as they are: the room matters less to us than the time. Stateless; any thread. Source:
 * the format of LibLZF 3.6.
 */
final class Lzf {
  private Lzf() {}

  /**
   * @param length bytes that must come out
   * @throws CorruptSnapshotException if the input reaches outside itself or of what it made so far,
   *     or makes more or less than {@code length}
   */
  static byte[] decompress(byte[] in, int length) throws CorruptSnapshotException {
    var out = new byte[length];
    int from = 0;
    int to = 0;
    while (from < in.length) {
      int control = in[from++] & 0xff;
      if (control < 32) {
        int count = control + 1;
        check(from + count <= in.length && to + count <= length);
        System.arraycopy(in, from, out, to, count);
        from += count;
        to += count;
        continue;
      }
      int count = (control >> 5) + 2;
      if (count == 9) {
        check(from < in.length);
        count += in[from++] & 0xff;
      }
      check(from < in.length);
      int back = to - ((control & 0x1f) << 8) - (in[from++] & 0xff) - 1;
      check(back >= 0 && to + count <= length);
      // Byte by byte: source and target may overlap, which repeats a pattern.
      for (int end = to + count; to < end; ) {
        out[to++] = out[back++];
      }
    }
    check(to == length);
    return out;
  }

  private static void check(boolean holds) throws CorruptSnapshotException {
    if (!holds) {
      throw new CorruptSnapshotException("compressed string does not unpack to its stated length");
    }
  }
}
