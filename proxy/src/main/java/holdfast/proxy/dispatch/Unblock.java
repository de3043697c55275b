package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import io.netty.buffer.ByteBuf;
import java.util.function.LongConsumer;

/** What the server answers to CLIENT UNBLOCK of a client's link: 1, or 0 if it does not block. */
final class Unblock implements ReplyTarget {
  private final LongConsumer answer;

  Unblock(LongConsumer answer) {
    this.answer = answer;
  }

  @Override
  public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
    RespValue reply = RespReader.read(in, start, length);
    answer.accept(reply instanceof RespValue.Int ? reply.integer() : 0);
  }

  @Override
  public void onReplyPiece(
      Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
    if (last) {
      answer.accept(0);
    }
  }

  @Override
  public void onRefused(Upstream link, Frame request, Frame error, int number) {
    answer.accept(0);
  }

  @Override
  public void onLost(Upstream link, Frame request, int number, boolean sent) {
    answer.accept(0);
  }
}
