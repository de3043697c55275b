package holdfast.proxy.dispatch;

import holdfast.backend.resp.ReplyScanner;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Replies of one client's commands whose replies are kept at the server: as they are, but for
 * integers that came as text ({@link OnceScript}).
 */
final class OnceReplies extends HandedOn {
  private final ProxyLoop loop;
  private final ClientConnection client;

  /** They answer commands that took their numbers from the link's window. */
  private final boolean first;

  OnceReplies(ProxyLoop loop, ClientConnection client, boolean first) {
    super(client);
    this.loop = loop;
    this.client = client;
    this.first = first;
  }

  private void answered(Upstream link, int count) {
    OnceWindow window = link.onceWindow();
    if (first && window != null) {
      window.answered(count);
    }
  }

  @Override
  public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
    answered(link, count);
    int mark = in.indexOf(start, start + length, (byte) OnceScript.INTEGER);
    if (mark < 0) {
      super.onReplies(link, in, start, length, number, count);
      return;
    }
    ReplyScanner scanner = loop.scratch().replyScanner();
    int at = start;
    for (int i = 0; i < count && !client.isClosed(); i++) {
      scanner.scan(in, at, start + length);
      int end = at + scanner.length();
      if (in.getByte(at) == '+' && in.getByte(at + 1) == OnceScript.INTEGER) {
        ByteBuf integer = Unpooled.buffer(end - at);
        integer.writeByte(':').writeBytes(in, at + 2, end - at - 2);
        super.onReplies(link, integer, 0, integer.readableBytes(), number + i, 1);
      } else {
        super.onReplies(link, in, at, end - at, number + i, 1);
      }
      at = end;
      scanner.reset();
    }
  }

  @Override
  public void onReplyPiece(
      Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
    if (last) {
      answered(link, 1);
    }
    super.onReplyPiece(link, in, start, length, number, last);
  }

  @Override
  public void onRefused(Upstream link, Frame request, Frame error, int number) {
    answered(link, 1);
    super.onRefused(link, request, error, number);
  }

  @Override
  public void onUnconfirmed(Upstream link, Frame request, int number) {
    answered(link, 1);
    super.onUnconfirmed(link, request, number);
  }
}
