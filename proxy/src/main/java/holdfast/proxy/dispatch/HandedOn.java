package holdfast.proxy.dispatch;

import io.netty.buffer.ByteBuf;

/** A reply that goes to a client as it is, and that somebody looks at on its way. */
abstract class HandedOn implements ReplyTarget {
  private final ClientConnection client;

  HandedOn(ClientConnection client) {
    this.client = client;
  }

  static boolean isError(ByteBuf in, int start) {
    return in.getByte(start) == '-';
  }

  @Override
  public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
    client.replies().onReplies(link, in, start, length, number, count);
  }

  @Override
  public void onReplyPiece(
      Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
    client.replies().onReplyPiece(link, in, start, length, number, last);
  }

  @Override
  public void onRefused(Upstream link, Frame request, Frame error, int number) {
    client.replies().onRefused(link, request, error, number);
  }

  @Override
  public void onLost(Upstream link, Frame request, int number, boolean sent) {
    client.replies().onLost(link, request, number, sent);
  }

  @Override
  public void onUnconfirmed(Upstream link, Frame request, int number) {
    client.replies().onUnconfirmed(link, request, number);
  }
}
