package holdfast.proxy.dispatch;

import holdfast.routing.command.Recording;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A client's command as it is sent where its reply is to be kept: {@code EVALSHA script 1 key field
 * number command...}, to an engine {@code HOLDFAST.ONCE key field number command...}, a script as
 * {@code EVAL} with ours around it.
 */
final class OnceFrame {
  static final byte[] ENGINE = bytes("HOLDFAST.ONCE");

  private static final byte[] EVALSHA = bytes("EVALSHA");
  private static final byte[] EVAL = bytes("EVAL");
  private static final byte[] ONE = bytes("1");
  private static final int CRLF = '\r' << 8 | '\n';

  private OnceFrame() {}

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Writes a command. */
  static void command(
      ByteBuf out, RequestView request, OnceWindow window, long number, int protocol) {
    int before = window.isEngine() ? 4 : 6;
    header(out, '*', before + request.count());
    if (window.isEngine()) {
      bulk(out, ENGINE);
    } else {
      bulk(out, EVALSHA);
      bulk(out, OnceScript.digest(protocol));
      bulk(out, ONE);
    }
    bulk(out, window.key());
    bulk(out, bytes(Integer.toString(OnceWindow.field(number))));
    bulk(out, bytes(Long.toString(number)));
    for (int i = 0; i < request.count(); i++) {
      copy(out, request, i);
    }
  }

  /** Writes a script: EVAL or EVALSHA with this body, surrounded. */
  static void script(
      ByteBuf out, RequestView request, byte[] around, OnceWindow window, long number) {
    int keys = (int) request.number(2);
    header(out, '*', request.count() + 3);
    bulk(out, EVAL);
    bulk(out, around);
    bulk(out, bytes(Integer.toString(keys + 1)));
    for (int i = 3; i < 3 + keys; i++) {
      copy(out, request, i);
    }
    bulk(out, window.key());
    for (int i = 3 + keys; i < request.count(); i++) {
      copy(out, request, i);
    }
    bulk(out, bytes(Integer.toString(OnceWindow.field(number))));
    bulk(out, bytes(Long.toString(number)));
  }

  /**
   * The body around which ours is to be; null if it was not shown before. What is shown for the
   * first time goes as it is: the server then tells what is wrong with it, and knows its digest.
   */
  static byte @Nullable [] body(Recording recording, RequestView request, Scripts scripts) {
    if (recording == Recording.BODY) {
      byte[] body = request.bytes(1);
      return scripts.body(ScriptDigest.of(body)) == null ? null : body;
    }
    ScriptDigest digest = ScriptDigest.read(request, 1);
    return digest == null ? null : scripts.body(digest);
  }

  /** Whether a request is such a frame. */
  static boolean is(RequestView request) {
    if (request.is(0, "evalsha")) {
      return OnceScript.isCommand(request);
    }
    return request.is(0, "eval") ? OnceScript.isAround(request) : request.is(0, "holdfast.once");
  }

  private static void copy(ByteBuf out, RequestView request, int index) {
    header(out, '$', request.length(index));
    request.copy(index, out);
    out.writeShort(CRLF);
  }

  private static void bulk(ByteBuf out, byte[] bytes) {
    header(out, '$', bytes.length);
    out.writeBytes(bytes);
    out.writeShort(CRLF);
  }

  private static void header(ByteBuf out, char type, int value) {
    out.writeByte(type);
    out.writeBytes(bytes(Integer.toString(value)));
    out.writeShort(CRLF);
  }
}
