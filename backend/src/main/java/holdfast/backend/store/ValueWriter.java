package holdfast.backend.store;

import holdfast.backend.engine.HashValue;
import holdfast.backend.engine.ListValue;
import holdfast.backend.engine.SetValue;
import holdfast.backend.engine.SortedSetValue;
import holdfast.backend.engine.StringValue;
import holdfast.backend.engine.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Values of the engine in the forms of RDB. The execution thread only. */
final class ValueWriter {
  private final RdbWriter out;

  ValueWriter(RdbWriter out) {
    this.out = out;
  }

  /**
   * Writes one value with its type.
   *
   * @param key null for a value that stands alone, as in DUMP
   * @param expireAt Unix time in milliseconds, -1 for never
   */
  void write(byte @Nullable [] key, Value value, long expireAt) throws IOException {
    switch (value) {
      case StringValue text -> out.text(key, expireAt, text.bytes());
      case ListValue list -> {
        out.beginList(key, expireAt, list.size());
        for (byte[] element : list) {
          out.element(element);
        }
      }
      case SetValue set -> {
        out.beginSet(key, expireAt, set.size());
        set.forEach(this::element);
      }
      case HashValue hash -> {
        out.beginHash(key, expireAt, hash.size());
        hash.forEach(
            (field, content) -> {
              element(field);
              element(content);
            });
      }
      case SortedSetValue sorted -> {
        out.beginSortedSet(key, expireAt, sorted.size());
        sorted.forEach(this::scored);
      }
    }
  }

  private void element(byte[] bytes) {
    try {
      out.element(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void scored(byte[] member, double score) {
    try {
      out.element(member);
      out.score(score);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
