package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.ReplyScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.ScanStatus;
import holdfast.proxy.dispatch.ReplyTarget.Frame;
import holdfast.routing.plan.Tenure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a backend on which commands of one client or many are pipelined, replies
 * matched in order.
 *
 * <p>Small commands are copied into one batch buffer, large ones go as slices; all is written once
 * per pass of the loop. What was written is kept until it is answered ({@link SentLog}), so that
 * nothing is copied for the case that the link breaks. Replies of neighbours in the queue are
 * handed on as one range; a long reply is handed on in pieces.
 *
 * <p>A link to a master belongs to one {@link Tenure}. Replies are handed on only while it is held,
 * which is asked when they are there (PROTOCOL.md, "Leases", M). If it has lapsed they stay here
 * until it is held again or the link is closed: then their commands are in doubt.
 *
 * <p>Where replicas must have a write before it is acknowledged, replies wait before that for the
 * {@link GroupCommit} of the loop: a {@link Gate} says how much of the input stream may be handed
 * on.
 *
 * <p>One loop's thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows in channelInactive
final class Upstream extends ChannelInboundHandlerAdapter {
  /** What becomes of a link. Called on the loop. */
  interface Listener {
    /** The node is the one expected and takes commands. */
    void onReady(Upstream link);

    /** The link is gone; its unanswered commands have been told already. */
    void onClosed(Upstream link, String reason);

    /** It takes commands again after {@link #hasRoom} said no. */
    default void onRoom(Upstream link) {}

    /** What was answered before {@link Gate#mark} could not be confirmed in time. */
    default void onUnconfirmed(Upstream link) {
      link.close("its replies could not be confirmed in time");
    }
  }

  /** Gets every frame that answers no command: messages, invalidations. */
  interface Stream {
    /** One whole frame. */
    void onFrame(Upstream link, ByteBuf in, int start, int length);
  }

  private enum State {
    CONNECTING,
    SETTING_UP,
    READY,
    CLOSED
  }

  /** A command or reply from this size on is not copied. */
  static final int SLICE_BYTES = 4 * 1024;

  /** A reply of which more than this has come is handed on in pieces. */
  private static final int PIECE_BYTES = 64 * 1024;

  private static final int COMMANDS_MAX = 16 * 1024;
  private static final long BYTES_MAX = 16L * 1024 * 1024;

  private final ProxyLoop loop;
  private final NodeAddress address;
  private final @Nullable Tenure tenure;
  private final int index;
  private final Listener listener;
  private final @Nullable Gate gate;
  private final WaitingRing waiting = new WaitingRing();
  private final SentLog log = new SentLog();
  private final ReplyScanner scanner = new ReplyScanner(RespLimits.STANDARD);

  private State state = State.CONNECTING;
  private @Nullable Channel channel;
  private @Nullable ByteBuf batch;
  private int batchCommands;
  private @Nullable ByteBuf input;
  private boolean inPieces;
  private boolean lapsed;
  private boolean stuck;
  private boolean full;
  private boolean dirty;
  private boolean processing;
  private boolean closesWhenAnswered;
  private boolean suspect;
  private @Nullable Stream stream;
  private @Nullable LinkIdentity identity;
  private long lastHeardNanos;
  private int progress;

  /**
   * @param tenure of a master; null for a replica
   * @param index which database and protocol: {@link ProxyLoop#linkIndex}
   * @param commits who confirms what it answers; null if nothing is waited for
   */
  Upstream(
      ProxyLoop loop,
      NodeAddress address,
      @Nullable Tenure tenure,
      int index,
      Listener listener,
      @Nullable GroupCommit commits) {
    this.loop = loop;
    this.address = address;
    this.tenure = tenure;
    this.index = index;
    this.listener = listener;
    this.gate = commits == null ? null : new Gate(this, commits);
  }

  NodeAddress address() {
    return address;
  }

  @Nullable Tenure tenure() {
    return tenure;
  }

  int index() {
    return index;
  }

  boolean isReady() {
    return state == State.READY && !suspect;
  }

  /** Its server refuses commands: it gets no more; false if that was known. */
  boolean suspect() {
    boolean before = suspect;
    suspect = true;
    return !before;
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  /** Whom it is connected to; null before it is ready. */
  @Nullable LinkIdentity identity() {
    return identity;
  }

  /** When a replica last sent something; of a master it is not noted. */
  long lastHeardNanos() {
    return lastHeardNanos;
  }

  /** Commands without a reply. */
  int inFlight() {
    return waiting.commands();
  }

  /** Whether commands that clients sent are without a reply. */
  boolean owes() {
    return state == State.READY && !waiting.isEmpty();
  }

  /** Changes whenever something has come from the server. */
  int progress() {
    return progress;
  }

  /** Whether more commands may be sent; if not, {@link Listener#onRoom} follows. */
  boolean hasRoom() {
    if (waiting.commands() < COMMANDS_MAX && log.bytes() < BYTES_MAX && !stuck) {
      return true;
    }
    full = true;
    return false;
  }

  /** Where frames that answer no command go; null drops them. */
  void stream(@Nullable Stream to) {
    stream = to;
    if (gate != null) {
      gate.streams(to != null);
    }
  }

  // ---- sending

  /**
   * Sends {@code count} whole commands that lie back to back. They go out at the end of the pass.
   *
   * @param number of the first one, given back with its reply
   */
  void send(ByteBuf in, int start, int length, ReplyTarget target, int number, int count) {
    send(in, start, length, target, number, count, false);
  }

  /**
   * The same.
   *
   * @param repliesFree whether the replies may show what is not confirmed
   */
  void send(
      ByteBuf in,
      int start,
      int length,
      ReplyTarget target,
      int number,
      int count,
      boolean repliesFree) {
    waiting.add(target, number, count, repliesFree);
    if (length >= SLICE_BYTES * count && length >= SLICE_BYTES) {
      closeBatch();
      ByteBuf slice = in.retainedSlice(start, length);
      log.add(slice.retain(), count);
      write(slice);
    } else {
      ByteBuf to = batch;
      if (to == null) {
        to = loop.allocator().directBuffer(Math.max(512, length));
        batch = to;
      }
      to.writeBytes(in, start, length);
      batchCommands += count;
    }
    markDirty();
  }

  /** A command that will flow through in pieces: its reply is awaited, its bytes are not kept. */
  void begin(ReplyTarget target, int number) {
    closeBatch();
    waiting.add(target, number, 1);
    log.add(io.netty.buffer.Unpooled.EMPTY_BUFFER, 1);
  }

  /** A command whose answer comes as frames of the stream; it is not kept. */
  void sendUnasked(ByteBuf in, int start, int length) {
    closeBatch();
    ByteBuf copy = loop.allocator().directBuffer(length);
    copy.writeBytes(in, start, length);
    write(copy);
    markDirty();
  }

  /** Closes as soon as nothing is awaited on it. */
  void closeWhenAnswered() {
    closesWhenAnswered = true;
    if (waiting.isEmpty()) {
      close("done");
    }
  }

  /** The next bytes of the command that was begun; takes over one reference. */
  void sendPiece(ByteBuf piece) {
    write(piece);
    markDirty();
  }

  /** Whether what was written has been taken by the socket, nearly. */
  boolean isWritable() {
    return channel != null && channel.isWritable();
  }

  private void markDirty() {
    if (!dirty) {
      dirty = true;
      loop.toFlush(this);
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

  void flush() {
    dirty = false;
    if (state == State.CLOSED || channel == null) {
      return;
    }
    closeBatch();
    channel.flush();
  }

  // ---- life

  /** The channel is connected: who is it? */
  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (state != State.CONNECTING) {
      ctx.close();
      return;
    }
    channel = ctx.channel();
    state = State.SETTING_UP;
    new LinkSetup(loop, this).begin();
  }

  /** The setup found the node as expected. */
  void ready(LinkIdentity who) {
    if (state == State.SETTING_UP) {
      identity = who;
      state = State.READY;
      if (gate != null) {
        gate.begins();
      }
      listener.onReady(this);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    close("closed by " + address);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      loop.logger().error("link to {}", address, cause);
    }
    close(cause.toString());
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable() && state == State.READY) {
      listener.onRoom(this);
    }
  }

  /** Ends the link; its unanswered commands are told first. */
  void close(String reason) {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    if (channel != null) {
      channel.close();
    }
    if (gate != null) {
      gate.closed();
    }
    if (input != null && !processing) {
      input.release();
      input = null;
    }
    SentLog.Visitor lost =
        (in, start, length, sent) -> {
          ReplyTarget target = waiting.headTarget();
          int number = waiting.headNumber();
          waiting.answered(1);
          target.onLost(this, new Frame(in, start, length), number, sent);
        };
    log.showAll(lost);
    ByteBuf unsent = batch;
    batch = null;
    if (unsent != null) {
      SentLog.show(
          unsent, unsent.readerIndex(), unsent.writerIndex(), 0, Integer.MAX_VALUE, false, lost);
      unsent.release();
    }
    log.clear();
    waiting.clear();
    listener.onClosed(this, reason);
  }

  // ---- receiving

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var in = (ByteBuf) message;
    if (state == State.CLOSED) {
      in.release();
      return;
    }
    progress++;
    if (tenure == null) {
      lastHeardNanos = loop.nowNanos();
    }
    int bytes = in.readableBytes();
    ByteBuf before = input;
    if (before == null) {
      input = in;
    } else {
      input = joined(before, in);
    }
    if (gate != null) {
      gate.received(bytes);
    }
    process();
  }

  private ByteBuf joined(ByteBuf before, ByteBuf in) {
    ByteBuf to = before;
    if (before.refCnt() > 1 || before.maxWritableBytes() < in.readableBytes()) {
      // Slices of it are on their way to clients.
      to = loop.allocator().directBuffer(before.readableBytes() + in.readableBytes());
      to.writeBytes(before);
      before.release();
    } else {
      to.discardSomeReadBytes();
    }
    to.writeBytes(in);
    in.release();
    return to;
  }

  // ---- what waits to be confirmed

  /** How much of the replies may be handed on; null if all may. */
  @Nullable Gate gate() {
    return gate;
  }

  /** Bytes that have come and have not been handed on. */
  int unreadBytes() {
    return input == null ? 0 : input.readableBytes();
  }

  /** Whether the reply that is next has been handed on in part. */
  boolean isMidReply() {
    return inPieces;
  }

  /** The gate has opened further: goes on with the replies behind it. */
  void gateMoved() {
    readMore(true);
    process();
  }

  /** The gate is full of what waits behind it. */
  void holdBack() {
    readMore(false);
  }

  /** Tells the listener that what came before the gate's mark has waited in vain. */
  void unconfirmed() {
    if (state != State.CLOSED) {
      listener.onUnconfirmed(this);
    }
  }

  /** The replies that came before the gate's mark are dropped; their clients are told. */
  void dropUnconfirmed() {
    ByteBuf in = input;
    if (gate == null || in == null) {
      return;
    }
    if (inPieces) {
      close("the replies behind one that is on its way could not be confirmed in time");
      return;
    }
    int mark = gate.markIn(in);
    while (in.readerIndex() < mark && state != State.CLOSED) {
      int at = in.readerIndex();
      if (scanner.scan(in, at, in.writerIndex()) != ScanStatus.COMPLETE || waiting.isEmpty()) {
        close("a reply that came in part could not be confirmed in time");
        return;
      }
      in.readerIndex(at + scanner.length());
      if (isNobodysReply()) {
        continue;
      }
      ReplyTarget target = waiting.headTarget();
      int number = waiting.headNumber();
      log.showOldest(
          (request, start, length, sent) ->
              target.onUnconfirmed(this, new Frame(request, start, length), number));
      if (state != State.CLOSED) {
        waiting.answered(1);
        log.answered(1);
      }
    }
  }

  /** The lease is held again: goes on with the replies that waited for it. */
  void leaseHeld() {
    if (lapsed) {
      lapsed = false;
      readMore(true);
      process();
    }
  }

  /** A reply cannot be handed on for now: its client does not read. */
  void stick() {
    if (!stuck) {
      stuck = true;
      readMore(false);
    }
  }

  /** The client reads again, or is gone. */
  void unstick() {
    if (stuck) {
      stuck = false;
      readMore(true);
      process();
      toldRoom();
    }
  }

  boolean isStuck() {
    return stuck;
  }

  /** How many targets wait, neighbours counted as one. */
  int waitingRuns() {
    return waiting.runs();
  }

  private void readMore(boolean more) {
    if (channel != null && state != State.CLOSED) {
      channel.config().setAutoRead(more && !lapsed && !stuck && (gate == null || !gate.isFull()));
    }
  }

  private void process() {
    if (processing || lapsed || stuck) {
      return;
    }
    processing = true;
    try {
      processInput();
    } finally {
      processing = false;
    }
    ByteBuf in = input;
    if (in != null && (state == State.CLOSED || !in.isReadable())) {
      in.release();
      input = null;
    }
    if (gate != null && !lapsed && !stuck && state == State.READY) {
      gate.passed();
    }
    if (closesWhenAnswered && waiting.isEmpty()) {
      close("done");
    }
    toldRoom();
  }

  private void toldRoom() {
    if (full
        && state == State.READY
        && !stuck
        && waiting.commands() <= COMMANDS_MAX / 2
        && log.bytes() <= BYTES_MAX / 2) {
      full = false;
      listener.onRoom(this);
    }
  }

  private void processInput() {
    ByteBuf in = input;
    if (in == null) {
      return;
    }
    int end = in.writerIndex();
    int run = 0;
    int at = in.readerIndex();
    int open = gate == null ? end : gate.openIn(in);
    if (at >= open && !passes()) {
      return;
    }
    // Asked last, with the reply and its confirmation in hand.
    if (tenure != null && state == State.READY && !tenure.heldAt(loop.nowNanos())) {
      lapsed = true;
      readMore(false);
      return;
    }
    while (at < end && state != State.CLOSED && !stuck && (at < open || passes())) {
      ScanStatus status = scanner.scan(in, at, end);
      if (status != ScanStatus.COMPLETE) {
        at = handOn(in, at, run);
        if (status == ScanStatus.INVALID) {
          close(address + " sent no RESP: " + scanner.error());
        } else if (state != State.CLOSED && end - at >= PIECE_BYTES && !scanner.isPush()) {
          piece(in, at);
        }
        return;
      }
      int length = scanner.length();
      if (isNobodysReply()) {
        at = handOn(in, at, run);
        run = 0;
        in.readerIndex(at + length);
        if (stream != null && state != State.CLOSED) {
          stream.onFrame(this, in, at, length);
        }
        at += length;
        continue;
      }
      if (waiting.isEmpty()) {
        close(address + " answered more than it was asked");
        return;
      }
      if (inPieces || scanner.firstByte() == '-') {
        at = handOn(in, at, run);
        run = 0;
        at = lastPieceOrError(in, at, length);
        continue;
      }
      run++;
      at += length;
      if (run == waiting.headCount()) {
        at = handOn(in, at, run);
        run = 0;
      }
    }
    handOn(in, at, run);
  }

  /** Behind the open part of the gate: what began before it, and what need not wait. */
  private boolean passes() {
    return inPieces || waiting.headIsFree();
  }

  private boolean isNobodysReply() {
    return scanner.isPush() || (stream != null && waiting.isEmpty());
  }

  /** Hands on the run of {@code count} replies that ends at {@code at}. */
  private int handOn(ByteBuf in, int at, int count) {
    if (count > 0 && state != State.CLOSED) {
      ReplyTarget target = waiting.headTarget();
      int number = waiting.headNumber();
      int start = in.readerIndex();
      in.readerIndex(at);
      waiting.answered(count);
      log.answered(count);
      target.onReplies(this, in, start, at - start, number, count);
    }
    return at;
  }

  private int lastPieceOrError(ByteBuf in, int at, int length) {
    ReplyTarget target = waiting.headTarget();
    int number = waiting.headNumber();
    in.readerIndex(at + length);
    if (inPieces) {
      inPieces = false;
      waiting.answered(1);
      log.answered(1);
      target.onReplyPiece(this, in, at, length, number, true);
    } else if (state == State.READY && Refusals.isRefusal(in, at, length)) {
      var error = new Frame(in, at, length);
      log.showOldest(
          (request, start, requestLength, sent) ->
              target.onRefused(this, new Frame(request, start, requestLength), error, number));
      if (state != State.CLOSED) {
        waiting.answered(1);
        log.answered(1);
      }
    } else {
      waiting.answered(1);
      log.answered(1);
      target.onReplies(this, in, at, length, number, 1);
    }
    return at + length;
  }

  private void piece(ByteBuf in, int at) {
    if (waiting.isEmpty()) {
      close(address + " answered more than it was asked");
      return;
    }
    int settled = scanner.settledBytes();
    if (settled > 0) {
      inPieces = true;
      scanner.taken(settled);
      in.readerIndex(at + settled);
      waiting.headTarget().onReplyPiece(this, in, at, settled, waiting.headNumber(), false);
    }
  }
}
