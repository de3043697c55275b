package holdfast.proxy.dispatch;

import io.netty.buffer.ByteBuf;

/** Drops replies that nobody waits for. */
enum Swallow implements ReplyTarget {
  /** A refusal ends the link: what was asked has to come true. */
  REPLIES {
    @Override
    public void onRefused(Upstream link, Frame request, Frame error, int number) {
      link.close("it refuses what it is asked to do again");
    }
  },
  /** A refusal is as good as any reply. */
  ANYTHING {
    @Override
    public void onRefused(Upstream link, Frame request, Frame error, int number) {
      // dropped
    }
  };

  @Override
  public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
    // dropped
  }

  @Override
  public void onReplyPiece(
      Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
    // dropped
  }

  @Override
  public void onLost(Upstream link, Frame request, int number, boolean sent) {
    // nobody waits
  }
}
