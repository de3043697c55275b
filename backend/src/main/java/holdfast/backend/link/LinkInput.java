package holdfast.backend.link;

import holdfast.backend.resp.ReplyScanner;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a backend sends into replies and pushes. They are found and handed on in the buffer in
 * which they were read; only the beginning of a reply whose end has not come is copied, and as few
 * bytes as complete it.
 *
 * <p>On the event loop only.
 */
final class LinkInput {
  /** Where what is found goes; the bytes are valid during the call. */
  interface Replies {
    /** A whole reply. */
    void onReply(ByteBuf in, int offset, int length, byte firstByte);

    /** A whole push. */
    void onPush(ByteBuf in, int offset, int length);

    /** Whether the reply under way may come in pieces. */
    boolean takesPieces();

    /** A piece of it. */
    void onReplyPiece(ByteBuf in, int offset, int length, byte firstByte, boolean last);

    /** What came is not to be understood, or too long; nothing more is delivered. */
    void onBreach(String reason);

    /** Whether nothing is to be delivered for now, or any more because the link has ended. */
    boolean isStopped();
  }

  private static final int STEP_BYTES_MIN = 512;

  private final Replies to;
  private final LinkBounds bounds;
  private final ByteBufAllocator allocator;
  private final ReplyScanner scanner;

  /** The beginning of a reply, from its reader index on. */
  private @Nullable ByteBuf kept;

  private boolean inPieces;

  LinkInput(Replies to, LinkBounds bounds, ByteBufAllocator allocator) {
    this.to = to;
    this.bounds = bounds;
    this.allocator = allocator;
    this.scanner = new ReplyScanner(bounds.resp());
  }

  /** Takes what was read; the buffer stays the caller's. */
  void onRead(ByteBuf in) {
    while (kept != null && in.isReadable() && !to.isStopped()) {
      complete(kept, in);
    }
    if (kept == null) {
      deliver(in);
    }
    if (in.isReadable()) {
      keep(in);
    }
  }

  /** Delivers what was kept while delivery was stopped. */
  void resume() {
    if (kept != null) {
      deliver(kept);
      if (!kept.isReadable()) {
        release();
      }
    }
  }

  private void keep(ByteBuf in) {
    int length = in.readableBytes();
    if (kept == null) {
      kept = allocator.directBuffer(Math.max(STEP_BYTES_MIN, length + missing(length)));
    }
    kept.writeBytes(in);
  }

  /** Moves as much of {@code in} as may complete what is kept. */
  private void complete(ByteBuf beginning, ByteBuf in) {
    int length = beginning.readableBytes();
    int step = Math.min(in.readableBytes(), Math.max(STEP_BYTES_MIN, missing(length)));
    if (beginning.writableBytes() < step) {
      beginning.discardReadBytes();
    }
    beginning.writeBytes(in, step);
    deliver(beginning);
    int left = beginning.readableBytes();
    if (left <= step) {
      // What is left came with this step: go on where it was read.
      in.readerIndex(in.readerIndex() - left);
      beginning.release();
      kept = null;
    }
  }

  /** Bytes known to be needed, but no more than have come: memory follows what was sent. */
  private int missing(int length) {
    return (int) Math.min(scanner.missingBytes(), Math.max(STEP_BYTES_MIN, length));
  }

  private void deliver(ByteBuf in) {
    while (in.isReadable() && !to.isStopped()) {
      int offset = in.readerIndex();
      switch (scanner.scan(in, offset, in.writerIndex())) {
        case COMPLETE -> {
          int length = scanner.length();
          in.skipBytes(length);
          if (inPieces) {
            inPieces = false;
            to.onReplyPiece(in, offset, length, scanner.firstByte(), true);
          } else if (scanner.isPush()) {
            to.onPush(in, offset, length);
          } else {
            to.onReply(in, offset, length, scanner.firstByte());
          }
        }
        case INVALID -> to.onBreach(scanner.error());
        case INCOMPLETE -> {
          onBeginning(in, offset);
          return;
        }
      }
    }
  }

  private void onBeginning(ByteBuf in, int offset) {
    int settled = scanner.settledBytes();
    if (!inPieces && settled >= bounds.replyPieceBytes() && !scanner.isPush()) {
      inPieces = to.takesPieces();
    }
    if (inPieces) {
      if (settled > 0) {
        scanner.taken(settled);
        in.skipBytes(settled);
        to.onReplyPiece(in, offset, settled, scanner.firstByte(), false);
      }
    } else if (in.readableBytes() > bounds.wholeReplyBytesMax()) {
      to.onBreach(
          "a reply of more than " + bounds.wholeReplyBytesMax() + " bytes, more than is kept");
    }
  }

  /** Gives its buffer back. */
  void release() {
    if (kept != null) {
      kept.release();
      kept = null;
    }
  }
}
