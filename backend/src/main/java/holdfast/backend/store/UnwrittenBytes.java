package holdfast.backend.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/** What a disk did not take, in order and up to a bound. One thread. */
final class UnwrittenBytes {
  /** Writes all that remains in a buffer, or moves its position past what it could write. */
  interface Writer {
    void write(ByteBuffer bytes) throws IOException;
  }

  private final long bytesMax;
  private final ArrayDeque<ByteBuffer> kept = new ArrayDeque<>();
  private long bytes;

  UnwrittenBytes(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Keeps a copy of what remains; false, and nothing is kept, if that would be too much. */
  boolean keep(ByteBuffer rest) {
    if (bytes + rest.remaining() > bytesMax) {
      return false;
    }
    var copy = new byte[rest.remaining()];
    rest.get(copy);
    kept.add(ByteBuffer.wrap(copy));
    bytes += copy.length;
    return true;
  }

  /** Hands on everything; after a failure what is left stays. */
  void writeTo(Writer to) throws IOException {
    for (ByteBuffer first = kept.peek(); first != null; first = kept.peek()) {
      int before = first.remaining();
      try {
        to.write(first);
      } finally {
        bytes -= before - first.remaining();
      }
      kept.remove();
    }
  }

  /** Forgets everything. */
  void drop() {
    kept.clear();
    bytes = 0;
  }

  boolean isEmpty() {
    return kept.isEmpty();
  }

  /** How many there are. */
  long bytes() {
    return bytes;
  }

  long bytesMax() {
    return bytesMax;
  }
}
