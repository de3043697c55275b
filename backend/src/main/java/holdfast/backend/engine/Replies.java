package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Replies that several groups of commands share. */
final class Replies {
  private Replies() {}

  /** An array of bulk strings. */
  static void bulks(RespWriter out, List<byte[]> values) {
    out.array(values.size());
    for (byte[] value : values) {
      out.bulk(value);
    }
  }

  /** The bytes of a string, or nil. */
  static void string(RespWriter out, @Nullable StringValue value) {
    if (value == null) {
      out.nil();
    } else if (value.isNumber()) {
      out.bulk(value.number());
    } else {
      out.bulk(value.bytes());
    }
  }
}
