package holdfast.proxy.dispatch;

import holdfast.backend.resp.ReplyScanner;
import holdfast.backend.resp.ScanStatus;
import holdfast.proxy.session.ReplyOrder;
import holdfast.proxy.session.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The way back to one client: replies in the order of its commands, messages between them, written
 * once per pass of the loop.
 *
 * <p>What waits for a client that does not read is bounded: beyond the limit it is closed. A long
 * reply is first held back at its link, for a moment if others wait behind it there. One loop's
 * thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows in channelInactive
final class ClientOutput {
  /** How much output may wait before the next commands are not read. */
  private static final int PAUSE_BYTES = 256 * 1024;

  private final ProxyLoop loop;
  private final Channel channel;
  private final Session session;
  private final Runnable overflow;
  private final ReplyOrder<ByteBuf> order = new ReplyOrder<>();

  private @Nullable ByteBuf out;
  private @Nullable ByteBuf messages;
  private @Nullable Upstream stuckLink;
  private long asideBytes;

  /** Bytes of it that its loop knows of. */
  private long counted;

  private boolean dirty;
  private boolean closed;

  /** It has not read for so long that its link does not wait for it any more. */
  private boolean stalled;

  /** CLIENT REPLY SKIP: the reply under way is the one to skip. */
  private boolean silent;

  /** A reply has been written in part: nothing else may come between. */
  private boolean midReply;

  /** Calls {@code overflow} when more waits than may. */
  ClientOutput(ProxyLoop loop, Channel channel, Session session, Runnable overflow) {
    this.loop = loop;
    this.channel = channel;
    this.session = session;
    this.overflow = overflow;
  }

  /** The number of the next command. */
  int take() {
    return order.take();
  }

  /** Commands whose replies have not been written in full. */
  int pending() {
    return order.pending();
  }

  boolean isSilent() {
    return silent;
  }

  /** The number of the last command that took one. */
  int last() {
    return order.head() + order.pending() - 1;
  }

  /** Whether the reply of that number is written out. */
  boolean isWritten(int number) {
    return number - order.head() < 0;
  }

  /** Whether replies have come that wait for others before them. */
  boolean hasAside() {
    return asideBytes > 0;
  }

  /** Whether the replies from here on are dropped. */
  void silent(boolean drops) {
    silent = drops;
  }

  /** {@code count} whole replies, back to back. */
  void replies(ByteBuf in, int start, int length, int number, int count) {
    if (order.isHead(number)) {
      emit(in, start, length);
      order.written(count);
      if (order.headIsAside()) {
        emitAside();
        emitMessages();
      }
    } else {
      putAside(in, start, length, number, count);
    }
  }

  /** A piece of a long reply; the link is stopped if the client does not keep up. */
  void piece(Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
    if (order.isHead(number)) {
      emit(in, start, length);
      midReply = !last;
      if (last) {
        order.written(1);
        emitAside();
        emitMessages();
      } else if (isBehind() && !stalled) {
        flush();
        holdBack(link);
      }
      return;
    }
    asideBytes += length;
    if (asideBytes > loop.settings().clients().outputBytesMax()) {
      overOutput();
      return;
    }
    addAside(number, in, start, length);
    if (last) {
      order.completed(number);
    }
    count();
  }

  /**
   * The rest of this reply will not come from where it came; what came of it is dropped.
   *
   * @return false if some of it has been written: then the connection cannot go on
   */
  boolean dropPart(int number) {
    if (midReply && order.isHead(number)) {
      return false;
    }
    ByteBuf part = order.drop(number);
    if (part != null) {
      asideBytes -= part.readableBytes();
      part.release();
    }
    return true;
  }

  private void putAside(ByteBuf in, int start, int length, int number, int count) {
    asideBytes += length;
    if (asideBytes > loop.settings().clients().outputBytesMax()) {
      overOutput();
      return;
    }
    int at = start;
    ReplyScanner frames = loop.scratch().replyScanner();
    for (int i = 0; i < count; i++) {
      int bytes = length;
      if (count > 1) {
        if (frames.scan(in, at, start + length) != ScanStatus.COMPLETE) {
          throw new IllegalStateException("a reply handed on whole is not");
        }
        bytes = frames.length();
      }
      addAside(number + i, in, at, bytes);
      order.completed(number + i);
      at += bytes;
    }
    count();
  }

  private void addAside(int number, ByteBuf in, int start, int length) {
    ByteBuf aside = order.aside(number);
    if (aside == null) {
      aside = loop.allocator().directBuffer(length);
      order.putAside(number, aside);
    }
    aside.writeBytes(in, start, length);
  }

  private void emitAside() {
    while (order.headIsAside()) {
      int before = order.head();
      ByteBuf aside = order.takeHead();
      if (aside != null) {
        asideBytes -= aside.readableBytes();
        emit(aside, aside.readerIndex(), aside.readableBytes());
        aside.release();
      }
      if (order.head() == before) {
        midReply = true;
        return; // more of it is to come, and goes straight out
      }
    }
  }

  /** The client does not read: the link waits for it, but not for long if others wait behind. */
  private void holdBack(Upstream link) {
    if (closed || !isBehind() || channel.isWritable()) {
      return;
    }
    stuckLink = link;
    link.stick();
    loop.schedule(
        () -> stallEnded(link),
        loop.settings().clients().stallMax().toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private void stallEnded(Upstream link) {
    if (stuckLink != link) {
      return;
    }
    // Who came after the link was stuck is not on it, but waits for room.
    if (link.waitingRuns() > 1 || loop.othersAwaitRoom(this)) {
      stalled = true; // from here on its reply is stored, up to the limit
      freeLink();
    } else {
      loop.schedule(
          () -> stallEnded(link),
          loop.settings().clients().stallMax().toMillis(),
          TimeUnit.MILLISECONDS);
    }
  }

  /** The client reads again. */
  void unstick() {
    stalled = false;
    freeLink();
    count();
  }

  private void freeLink() {
    Upstream link = stuckLink;
    if (link != null) {
      stuckLink = null;
      link.unstick();
    }
  }

  /**
   * A message: between replies, never inside one that comes in pieces; also where no replies are
   * wanted.
   *
   * @param behindReplies whether those that have come, and wait for others, go first
   */
  void message(ByteBuf in, int start, int length, boolean behindReplies) {
    if (closed) {
      return;
    }
    if (!midReply && messages == null && !(behindReplies && asideBytes > 0)) {
      write(in, start, length);
      return;
    }
    ByteBuf to = messages;
    if (to == null) {
      to = loop.allocator().directBuffer(length);
      messages = to;
    }
    to.writeBytes(in, start, length);
    count();
    if (to.readableBytes() > loop.settings().clients().outputBytesMax()) {
      overOutput();
    }
  }

  private void emitMessages() {
    if (midReply || asideBytes > 0) {
      return;
    }
    ByteBuf waiting = messages;
    messages = null;
    if (waiting != null) {
      write(waiting, waiting.readerIndex(), waiting.readableBytes());
      waiting.release();
    }
  }

  /** Bytes for the client, in order; nothing if it wants no replies. */
  private void emit(ByteBuf in, int start, int length) {
    if (!session.repliesOff() && !silent) {
      write(in, start, length);
    }
  }

  private void write(ByteBuf in, int start, int length) {
    if (length >= UpstreamOutput.SLICE_BYTES && in.isDirect()) {
      ByteBuf small = out;
      out = null;
      if (small != null) {
        channel.write(small, channel.voidPromise());
      }
      channel.write(in.retainedSlice(start, length), channel.voidPromise());
    } else {
      ByteBuf to = out;
      if (to == null) {
        to = loop.allocator().directBuffer(Math.max(512, length));
        out = to;
      }
      to.writeBytes(in, start, length);
    }
    if (!dirty) {
      dirty = true;
      loop.toFlush(this);
    }
  }

  /** Writes what there is. */
  void flush() {
    dirty = false;
    if (closed) {
      return;
    }
    ByteBuf small = out;
    out = null;
    if (small != null) {
      channel.write(small, channel.voidPromise());
    }
    channel.flush();
    count();
    if (pendingBytes() > loop.settings().clients().outputBytesMax()) {
      overOutput();
    }
  }

  /** Tells the loop how much waits here, which the socket takes without a word. */
  void count() {
    long now =
        closed ? 0 : pendingBytes() + asideBytes + (messages == null ? 0 : messages.capacity());
    loop.buffers().add(now - counted);
    counted = now;
  }

  /** It cannot go on. */
  void failed(Throwable cause) {
    loop.logger().error("output of client {}", session.address(), cause);
    overflow.run();
  }

  private void overOutput() {
    loop.logger()
        .info(
            "client {} closed: it does not read {} bytes of replies",
            session.address(),
            pendingBytes() + asideBytes);
    overflow.run();
  }

  private long pendingBytes() {
    ChannelOutboundBuffer written = channel.unsafe().outboundBuffer();
    return (written == null ? 0 : written.totalPendingWriteBytes())
        + (out == null ? 0 : out.readableBytes());
  }

  /** Whether the client does not keep up: it is not read from then. */
  boolean isBehind() {
    return pendingBytes() > PAUSE_BYTES;
  }

  /** Nothing more is written; what waits is dropped. */
  void close() {
    closed = true;
    out = released(out);
    messages = released(messages);
    for (ByteBuf each = order.takeAny(); each != null; each = order.takeAny()) {
      each.release();
    }
    unstick();
  }

  private static @Nullable ByteBuf released(@Nullable ByteBuf buffer) {
    if (buffer != null) {
      buffer.release();
    }
    return null;
  }
}
