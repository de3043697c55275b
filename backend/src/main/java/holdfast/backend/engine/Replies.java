package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import org.jspecify.annotations.Nullable;

/** Replies that several groups of commands share. */
final class Replies {
  private Replies() {}

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
