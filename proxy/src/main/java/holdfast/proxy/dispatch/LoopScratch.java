package holdfast.proxy.dispatch;

import holdfast.backend.resp.ReplyScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.RespWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** What the clients of one loop use in turn, each for the length of a call. */
final class LoopScratch {
  private static final int REPLY_BYTES_KEPT = 64 * 1024;

  private final RequestView request = new RequestView();
  private final ReplyScanner replies = new ReplyScanner(RespLimits.STANDARD);

  /** On the heap, so that it needs no release. */
  private ByteBuf reply = Unpooled.buffer(1024);

  private final RespWriter writer = new RespWriter(reply, 2);

  /** A view for the request being looked at. */
  RequestView request() {
    return request;
  }

  /** A scanner at the start of a frame. */
  ReplyScanner replyScanner() {
    replies.reset();
    return replies;
  }

  /** A writer into an empty {@link #reply}. */
  RespWriter writer(int protocol) {
    if (reply.capacity() > REPLY_BYTES_KEPT) {
      reply = Unpooled.buffer(1024);
    }
    reply.clear();
    return writer.reset(reply, protocol);
  }

  /** What was written. */
  ByteBuf reply() {
    return reply;
  }
}
