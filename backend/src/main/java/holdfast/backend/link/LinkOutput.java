package holdfast.backend.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultChannelPromise;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is on its way to the socket. Small payloads are copied into one reused buffer, large ones go
 * as retained slices; {@link #flush} hands all of it to Netty at once.
 *
 * <p>It knows exactly how many bytes the socket has taken, also when it breaks in mid-write: of
 * each part handed to Netty it keeps a reference, Netty completes them in order, and a part that
 * failed has been read up to where the last write got. From this follows which commands were
 * certainly never sent.
 *
 * <p>On the event loop only. Allocates nothing in the steady state.
 */
final class LinkOutput {
  /** From this size on a slice is cheaper than a copy. */
  static final int SLICE_BYTES_MIN = 1024;

  /** A slice keeps its whole buffer in memory: no more than this many times its own size. */
  static final int SLICE_WASTE_MAX = 8;

  private static final int CHUNK_BYTES = 16 * 1024;

  private final ChannelHandlerContext context;
  private final Runnable onProgress;
  private final Progress progress;
  private final UnsentRing unsent = new UnsentRing();

  /** Parts handed to Netty, in order, with their lengths; a ring. */
  private @Nullable ByteBuf[] parts = new @Nullable ByteBuf[8];

  private int[] lengths = new int[8];
  private int head;
  private int size;

  /** How many of the parts, the last ones, Netty does not have yet. */
  private int unhanded;

  private @Nullable ByteBuf chunk;

  /** Where the bytes of the chunk begin that are in no part yet. */
  private int chunkStart;

  private boolean broken;

  /**
   * @param onProgress called when the socket has taken something, perhaps in mid-flush
   */
  LinkOutput(ChannelHandlerContext context, Runnable onProgress) {
    this.context = context;
    this.onProgress = onProgress;
    this.progress = new Progress(context.channel());
  }

  /** What the socket has not taken. */
  UnsentRing unsent() {
    return unsent;
  }

  /** Queues {@code length} bytes of {@code in}, which are {@code count} commands. */
  void append(ByteBuf in, int offset, int length, int count) {
    unsent.add(count, length);
    boolean slice =
        length >= SLICE_BYTES_MIN
            && in.isDirect()
            && (long) length * SLICE_WASTE_MAX >= in.capacity();
    if (slice || length > CHUNK_BYTES) {
      seal();
      addPart(slice ? in.retainedSlice(offset, length) : copy(in, offset, length), length);
    } else {
      chunkWithRoom(length).writeBytes(in, offset, length);
    }
  }

  /**
   * Netty would copy a heap buffer too, but then its reader index would not tell how far the socket
   * got.
   */
  private ByteBuf copy(ByteBuf in, int offset, int length) {
    return context.alloc().directBuffer(length, length).writeBytes(in, offset, length);
  }

  private ByteBuf chunkWithRoom(int length) {
    ByteBuf current = chunk;
    if (current != null && current.writableBytes() < length) {
      seal();
      if (current.refCnt() == 1) {
        current.clear(); // all its parts are gone
        chunkStart = 0;
      } else {
        current.release(); // its parts keep it alive
        current = null;
      }
    }
    if (current == null) {
      current = context.alloc().directBuffer(CHUNK_BYTES, CHUNK_BYTES);
      chunk = current;
      chunkStart = 0;
    }
    return current;
  }

  /** What was copied so far becomes a part. */
  private void seal() {
    if (chunk != null && chunk.writerIndex() > chunkStart) {
      int length = chunk.writerIndex() - chunkStart;
      addPart(chunk.retainedSlice(chunkStart, length), length);
      chunkStart = chunk.writerIndex();
    }
  }

  private void addPart(ByteBuf part, int length) {
    if (size == parts.length) {
      var grownParts = new @Nullable ByteBuf[2 * size];
      var grownLengths = new int[2 * size];
      for (int i = 0; i < size; i++) {
        grownParts[i] = parts[(head + i) & (size - 1)];
        grownLengths[i] = lengths[(head + i) & (size - 1)];
      }
      parts = grownParts;
      lengths = grownLengths;
      head = 0;
    }
    int at = (head + size) & (parts.length - 1);
    parts[at] = part;
    lengths[at] = length;
    size++;
    unhanded++;
  }

  /** Hands everything queued to the socket. */
  void flush() {
    seal();
    if (unhanded == 0) {
      return;
    }
    int from = head + size - unhanded;
    int to = head + size;
    unhanded = 0;
    for (int i = from; i != to; i++) {
      ByteBuf part = parts[i & (parts.length - 1)];
      if (part == null) {
        break; // an earlier one failed and took the rest along
      }
      // Netty gets a reference of its own: ours tells how far it got.
      var _ = context.write(part.retain(), progress);
    }
    context.flush();
    reuseChunk();
  }

  private void reuseChunk() {
    if (size == 0 && chunk != null && chunk.refCnt() == 1 && chunk.writerIndex() == chunkStart) {
      chunk.clear();
      chunkStart = 0;
    }
  }

  /** Gives the reused buffer back while nothing is under way: an idle link costs no memory. */
  void trim() {
    if (size == 0 && chunk != null && chunk.writerIndex() == chunkStart) {
      chunk.release();
      chunk = null;
    }
  }

  private ByteBuf removePart() {
    ByteBuf part = parts[head];
    if (part == null) {
      throw new IllegalStateException("no part under way");
    }
    parts[head] = null;
    head = (head + 1) & (parts.length - 1);
    size--;
    return part;
  }

  private void onPartWritten() {
    if (size == 0) {
      return; // released after the end
    }
    int length = lengths[head];
    removePart().release();
    if (!broken) {
      unsent.sent(length);
      onProgress.run();
    }
  }

  private void onPartFailed() {
    if (size == 0) {
      return;
    }
    ByteBuf part = removePart();
    if (!broken) {
      broken = true;
      unsent.sent(part.readerIndex());
    }
    part.release();
  }

  /** After the channel's end: gives all buffers back. {@link #unsent} stays as it is. */
  void release() {
    broken = true;
    while (size > 0) {
      removePart().release();
    }
    unhanded = 0;
    if (chunk != null) {
      chunk.release();
      chunk = null;
    }
    Arrays.fill(parts, null);
  }

  /**
   * One promise for all writes, which never completes: Netty completes writes in the order in which
   * they were made, so the one meant is always the first part.
   */
  private final class Progress extends DefaultChannelPromise {
    Progress(Channel channel) {
      super(channel, context.executor());
    }

    @Override
    public boolean trySuccess(@Nullable Void result) {
      onPartWritten();
      return true;
    }

    @Override
    public boolean tryFailure(Throwable cause) {
      onPartFailed();
      return true;
    }
  }
}
