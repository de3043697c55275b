package holdfast.proxy.dispatch;

import holdfast.routing.command.CommandTraits;
import holdfast.routing.read.ScanCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * SCAN and its kin of one client: cursors are those of one process, and clients get them with its
 * name in them ({@link ScanCursor}). One loop's thread.
 */
final class Scans {
  private final ProxyLoop loop;
  private final ClientConnection client;

  Scans(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  /**
   * Sends one.
   *
   * @param again it was sent before, so that its cursor is one of whoever was master then
   */
  void send(
      Upstream link,
      CommandTraits traits,
      RequestView request,
      ByteBuf frame,
      int start,
      int length,
      int number,
      boolean again) {
    boolean free = !loop.settings().readCommitted();
    ByteBuf translated = translated(link, traits, request, again);
    if (translated == null) {
      link.send(frame, start, length, new Reply(), number, 1, free);
      return;
    }
    link.send(translated, 0, translated.readableBytes(), new Reply(), number, 1, free);
    translated.release();
  }

  /** The command as that process understands it, to be released; null if that is as it is. */
  @Nullable ByteBuf translated(
      Upstream link, CommandTraits traits, RequestView request, boolean again) {
    int at = traits.name().equals("scan") ? 1 : 2;
    LinkIdentity who = link.identity();
    if (at >= request.count() || who == null) {
      return null;
    }
    long given = request.number(at);
    long taken = given;
    if (given != Long.MIN_VALUE) {
      taken = again ? 0 : ScanCursor.taken(given, who.runId());
    }
    return taken == given ? null : with(request, at, taken);
  }

  /** On a buffer of its own, since it may be kept until it is answered. */
  private ByteBuf with(RequestView request, int at, long cursor) {
    ByteBuf out = loop.allocator().directBuffer();
    header(out, '*', request.count());
    for (int i = 0; i < request.count(); i++) {
      byte[] argument =
          i == at ? Long.toString(cursor).getBytes(StandardCharsets.US_ASCII) : request.bytes(i);
      header(out, '$', argument.length);
      out.writeBytes(argument).writeByte('\r').writeByte('\n');
    }
    return out;
  }

  private static void header(ByteBuf out, char type, long number) {
    out.writeByte(type);
    ByteBufUtil.writeAscii(out, Long.toString(number));
    out.writeByte('\r').writeByte('\n');
  }

  /** Puts the process's name into the cursor of one reply. */
  private final class Reply extends HandedOn {
    private boolean begun;

    Reply() {
      super(client);
    }

    @Override
    public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
      ByteBuf head = Unpooled.buffer(64);
      int rest = head(link, in, start, length, head);
      if (rest == start) {
        super.onReplies(link, in, start, length, number, count);
        return;
      }
      head.writeBytes(in, rest, start + length - rest);
      super.onReplies(link, head, 0, head.readableBytes(), number, count);
    }

    @Override
    public void onReplyPiece(
        Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
      int rest = start;
      if (!begun) {
        begun = true;
        ByteBuf head = Unpooled.buffer(64);
        rest = head(link, in, start, length, head);
        if (rest != start) {
          super.onReplyPiece(link, head, 0, head.readableBytes(), number, false);
        }
      }
      super.onReplyPiece(link, in, rest, start + length - rest, number, last);
    }

    /**
     * Writes the beginning of a reply up to its cursor.
     *
     * @return where the rest begins; {@code start} if there is nothing to change
     */
    private int head(Upstream link, ByteBuf in, int start, int length, ByteBuf to) {
      int end = start + length;
      int elements = lineEnd(in, start, end);
      int size = elements < 0 ? -1 : lineEnd(in, elements, end);
      int cursorEnd = size < 0 ? -1 : lineEnd(in, size, end);
      LinkIdentity who = link.identity();
      if (cursorEnd < 0 || who == null || in.getByte(start) != '*' || in.getByte(elements) != '$') {
        return start;
      }
      String text = in.toString(size, cursorEnd - 2 - size, StandardCharsets.US_ASCII);
      long cursor;
      try {
        cursor = Long.parseLong(text);
      } catch (NumberFormatException _) {
        return start;
      }
      long given = ScanCursor.given(cursor, who.runId());
      if (given == cursor) {
        return start;
      }
      String shown = Long.toString(given);
      to.writeBytes(in, start, elements - start);
      header(to, '$', shown.length());
      ByteBufUtil.writeAscii(to, shown);
      to.writeByte('\r').writeByte('\n');
      return cursorEnd;
    }

    /** Where the line that begins there is over; -1 if it does not end. */
    private static int lineEnd(ByteBuf in, int from, int end) {
      int at = in.indexOf(from, end, (byte) '\n');
      return at < 0 ? -1 : at + 1;
    }
  }
}
