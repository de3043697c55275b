package holdfast.proxy.dispatch;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Appends what a socket brought to what is left of before. */
final class JoinedInput {
  private static final int SPARE_BYTES_MIN = 1024;

  private JoinedInput() {}

  /**
   * One buffer that holds both, {@code before} itself if it can; takes both over.
   *
   * <p>Slices of {@code before} may be on their way elsewhere: then its bytes must stay where they
   * are. A new buffer gets half of itself to spare, so that what comes in many pieces is not copied
   * as many times.
   */
  static ByteBuf of(ByteBufAllocator allocator, ByteBuf before, ByteBuf in) {
    ByteBuf to = before;
    if (before.refCnt() > 1 || before.maxWritableBytes() < in.readableBytes()) {
      int bytes = before.readableBytes() + in.readableBytes();
      to = allocator.directBuffer(bytes + Math.max(SPARE_BYTES_MIN, bytes / 2));
      to.writeBytes(before);
      before.release();
    } else {
      to.discardSomeReadBytes();
    }
    to.writeBytes(in);
    in.release();
    return to;
  }
}
