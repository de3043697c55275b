package holdfast.proxy.dispatch;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * The way to a backend: small commands are copied into one batch, large ones go as slices, and all
 * is written once per pass of the loop. What was written is kept until it is answered ({@link
 * SentLog}), so that nothing is copied for the case that the link breaks. One loop's thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write shows in channelInactive
final class UpstreamOutput {
  /** A command or reply from this size on is not copied. */
  static final int SLICE_BYTES = 4 * 1024;

  private static final int BATCH_BYTES = 512;

  /** A batch is kept until all of it is answered: so it must end some time. */
  private static final int BATCH_BYTES_MAX = 64 * 1024;

  private final ProxyLoop loop;
  private final Upstream link;
  private final SentLog log = new SentLog();
  private @Nullable Channel channel;
  private @Nullable ByteBuf batch;
  private int batchCommands;
  private boolean dirty;

  UpstreamOutput(ProxyLoop loop, Upstream link) {
    this.loop = loop;
    this.link = link;
  }

  /** It is connected. */
  void open(Channel to) {
    channel = to;
  }

  /** Whether what was written has been taken by the socket, nearly. */
  boolean isWritable() {
    return channel != null && channel.isWritable();
  }

  /** Of commands that wait to be written, or for an answer. */
  long bytes() {
    return log.bytes() + (batch == null ? 0 : batch.readableBytes());
  }

  /** Commands that were written and are not answered. */
  SentLog log() {
    return log;
  }

  /** Whole commands that lie back to back. */
  void add(ByteBuf in, int start, int length, int count) {
    if (length >= SLICE_BYTES * count && length >= SLICE_BYTES) {
      closeBatch();
      ByteBuf slice = in.retainedSlice(start, length);
      log.add(slice.retain(), count);
      write(slice);
    } else {
      if (batch != null && batch.readableBytes() + length > BATCH_BYTES_MAX) {
        closeBatch();
      }
      ByteBuf to = batch;
      if (to == null) {
        to = loop.allocator().directBuffer(Math.max(BATCH_BYTES, length));
        batch = to;
      }
      to.writeBytes(in, start, length);
      batchCommands += count;
    }
    markDirty();
  }

  /** A command that will come in pieces, and is not kept. */
  void beginPieces() {
    closeBatch();
    log.add(Unpooled.EMPTY_BUFFER, 1);
  }

  /** The next bytes of the command that was begun; takes over one reference. */
  void addPiece(ByteBuf piece) {
    write(piece);
    markDirty();
  }

  /** A command without a reply of its own; it is not kept. */
  void addUnasked(ByteBuf in, int start, int length) {
    closeBatch();
    ByteBuf copy = loop.allocator().directBuffer(length);
    copy.writeBytes(in, start, length);
    addPiece(copy);
  }

  private void markDirty() {
    if (!dirty) {
      dirty = true;
      loop.toFlush(link);
    }
  }

  private void write(ByteBuf buffer) {
    Channel to = channel;
    if (to == null) {
      buffer.release();
    } else {
      to.write(buffer, to.voidPromise());
    }
  }

  private void closeBatch() {
    ByteBuf out = batch;
    if (out != null) {
      batch = null;
      log.add(out.retain(), batchCommands);
      batchCommands = 0;
      write(out);
    }
  }

  /** The end of a pass: hands all that is there to the socket. */
  void flush() {
    dirty = false;
    if (channel != null && !link.isClosed()) {
      closeBatch();
      channel.flush();
    }
  }

  /** The link is closed: shows what is not answered, first what was sent, and forgets all. */
  void close(SentLog.Visitor lost) {
    log.takeAll(lost);
    ByteBuf unsent = batch;
    batch = null;
    if (unsent != null) {
      int end = unsent.writerIndex();
      SentLog.show(unsent, unsent.readerIndex(), end, 0, Integer.MAX_VALUE, false, lost);
      unsent.release();
    }
  }
}
