package holdfast.proxy.dispatch;

import io.netty.buffer.ByteBuf;

/**
 * Who gets the short answer to a command of the proxy's own. What the server will not do in its
 * state ends the link, and so does an answer without end; of a link that ends its listener hears.
 */
abstract class LinkAnswer implements ReplyTarget {
  /** The answer, an error perhaps. */
  abstract void on(Upstream link, ByteBuf in, int start, int length);

  @Override
  public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
    on(link, in, start, length);
  }

  @Override
  public void onReplyPiece(
      Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
    link.close("it answers the proxy with more than it was asked for");
  }

  @Override
  public void onRefused(Upstream link, Frame request, Frame error, int number) {
    link.close("it refuses: the state of the server has changed");
  }

  @Override
  public void onLost(Upstream link, Frame request, int number, boolean sent) {
    // the link's listener hears of it
  }
}
