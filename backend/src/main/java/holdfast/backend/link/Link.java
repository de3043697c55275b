package holdfast.backend.link;

import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a backend, from connecting to its end; it never comes back (see {@link
 * ReconnectingLink}). Commands are pipelined, replies come in order.
 *
 * <p>States: connecting, handshake, ready, ended. Commands are taken while ready only. When it
 * ends, each sink is told for each of its commands without a reply whether it was certainly never
 * sent, then the listener is told why.
 *
 * <p>For the path of a client's command: everything but {@link #open}, {@link #isReady} and the
 * plain getters must be called on the link's event loop, there are no locks, nothing is allocated
 * per command, and nothing is flushed until {@link #flush} (once per pass of the loop, say).
 *
 * <p>Bounds: {@link LinkBounds}. At a bound {@link #send} answers false and takes nothing; {@link
 * LinkListener#onWritable} tells when half of it is free again.
 */
public final class Link {
  private static final Logger LOG = LoggerFactory.getLogger(Link.class);

  private enum State {
    CONNECTING,
    HANDSHAKE,
    READY,
    ENDED
  }

  private final EventLoop loop;
  private final LinkSettings settings;
  private final LinkBounds bounds;
  private final Ticker ticker;
  private final LinkListener listener;
  private final Handshake handshake;
  private final WaitingRing waiting = new WaitingRing();

  private volatile State state = State.CONNECTING;
  private @Nullable Channel channel;
  private @Nullable LinkOutput output;
  private @Nullable LinkInput input;
  private @Nullable Heartbeat heartbeat;
  private @Nullable ScheduledFuture<?> timer;
  private @Nullable LinkFailure failure;
  private @Nullable ReplySink rawSink;
  private boolean finished;
  private boolean blocked;
  private boolean heard;
  private boolean silenceExpected;
  private boolean reading = true;

  private Link(EventLoop loop, LinkSettings settings, Ticker ticker, LinkListener listener) {
    this.loop = loop;
    this.settings = settings;
    this.bounds = settings.bounds();
    this.ticker = ticker;
    this.listener = listener;
    this.handshake = new Handshake(settings.login());
  }

  /**
   * Begins to connect. Any thread.
   *
   * @param loop of {@code loops}, on which everything about this link happens
   * @param listener told on the loop when the link is ready, and when it has ended
   */
  public static Link open(
      EventLoops loops,
      EventLoop loop,
      LinkSettings settings,
      Ticker ticker,
      LinkListener listener) {
    var link = new Link(loop, settings, ticker, listener);
    // By a task even on the loop: the listener is never called before this returns.
    loop.execute(() -> link.connect(loops));
    return link;
  }

  private void connect(EventLoops loops) {
    if (hasEnded()) {
      finish(); // closed before it began
      return;
    }
    loops
        .connect(loop, settings.address(), settings.socket(), new Events())
        .addListener(
            future -> {
              if (!future.isSuccess()) {
                onConnectFailed(future.cause());
              }
            });
  }

  private void onConnectFailed(Throwable cause) {
    var kind =
        cause instanceof ConnectException && !(cause instanceof ConnectTimeoutException)
            ? LinkFailure.Kind.REFUSED
            : LinkFailure.Kind.UNREACHABLE;
    end(new LinkFailure(kind, String.valueOf(cause.getMessage())));
    finish();
  }

  private void onConnected(ChannelHandlerContext context) {
    channel = context.channel();
    output = new LinkOutput(context, this::onProgress);
    input = new LinkInput(new Delivery(), bounds, context.alloc());
    if (hasEnded()) {
      var _ = context.close();
      return;
    }
    state = State.HANDSHAKE;
    Duration limit = settings.times().handshake();
    timer =
        loop.schedule(
            () -> fail(LinkFailure.Kind.SILENT, "no answer to the handshake within " + limit),
            limit.toNanos(),
            TimeUnit.NANOSECONDS);
    sayNextRound();
  }

  private void sayNextRound() {
    List<List<String>> round = handshake.next();
    if (round.isEmpty()) {
      onHandshakeDone();
      return;
    }
    var sink =
        new ValueSink() {
          @Override
          void onValue(Link link, RespValue value) {
            if (handshake.onReply(value)) {
              sayNextRound();
            }
          }

          @Override
          public void onLost(Link link, int count, CommandOutcome outcome) {
            // The listener learns it.
          }
        };
    for (List<String> command : round) {
      queue(sink, command);
    }
    flush();
  }

  private void onHandshakeDone() {
    String refusal = handshake.refusal();
    if (refusal == null) {
      refusal = listener.onHandshake(this, handshake.setupReplies());
    }
    if (hasEnded()) {
      return; // the listener closed it
    }
    if (refusal != null) {
      fail(LinkFailure.Kind.HANDSHAKE, refusal);
      return;
    }
    cancelTimer();
    state = State.READY;
    LinkTimes times = settings.times();
    heartbeat =
        new Heartbeat(times.heartbeat().toNanos(), times.silence().toNanos(), ticker.nowNanos());
    scheduleTick(heartbeat);
    listener.onReady(this);
  }

  private void scheduleTick(Heartbeat heartbeat) {
    timer = loop.schedule(() -> onTick(heartbeat), heartbeat.tickNanos(), TimeUnit.NANOSECONDS);
  }

  private void onTick(Heartbeat heartbeat) {
    if (hasEnded()) {
      return;
    }
    boolean answersAtOnce = reading && !silenceExpected && rawSink == null;
    boolean due = waiting.commands() > 0 && answersAtOnce;
    boolean idle = waiting.commands() == 0 && answersAtOnce;
    boolean heardNow = heard;
    heard = false;
    switch (heartbeat.tick(ticker.nowNanos(), heardNow, due, idle)) {
      case GIVE_UP -> {
        fail(
            LinkFailure.Kind.SILENT,
            "no byte for "
                + settings.times().silence().toMillis()
                + " ms with "
                + waiting.commands()
                + " replies due");
        return;
      }
      case PING -> {
        queue(Pong.SINK, List.of("PING"));
        flush();
      }
      case NOTHING -> {
        if (output != null && waiting.commands() == 0) {
          output.trim();
        }
      }
    }
    scheduleTick(heartbeat);
  }

  /** Whatever a PING is answered, it is a sign of life. */
  private static final class Pong extends ValueSink {
    static final Pong SINK = new Pong();

    @Override
    void onValue(Link link, RespValue value) {}

    @Override
    public void onLost(Link link, int count, CommandOutcome outcome) {}
  }

  private void queue(ReplySink sink, List<String> command) {
    LinkOutput out = output;
    Channel to = channel;
    if (out == null || to == null || hasEnded()) {
      return;
    }
    ByteBuf bytes = to.alloc().directBuffer(64);
    try {
      new RespWriter(bytes, 2).command(command.toArray(String[]::new));
      waiting.add(sink, 1);
      out.append(bytes, 0, bytes.writerIndex(), 1);
    } finally {
      bytes.release();
    }
  }

  /**
   * Queues commands as they are on the wire; {@link #flush} sends them.
   *
   * <p>Several commands in one call share their fate: if the link breaks when part of them was
   * sent, the outcome of all is unknown.
   *
   * @param sink gets {@code count} replies
   * @param in buffer that holds them; copied from or retained, so it stays the caller's to release
   * @param count how many replies are to come: 1 per command, 0 for one that is answered by pushes
   *     only, or in {@link #raw} mode
   * @return false, and nothing is queued, if the link is not ready or its queue is full
   */
  public boolean send(ReplySink sink, ByteBuf in, int offset, int length, int count) {
    assert loop.inEventLoop() : "not on the link's event loop";
    LinkOutput out = output;
    if (out == null || !isWritable()) {
      return false;
    }
    waiting.add(sink, count);
    out.append(in, offset, length, count);
    return true;
  }

  /**
   * Queues more bytes of the command that was sent last, of which the first call gave the beginning
   * only: a value of any size flows through in pieces. Taken even when the queue is full; who reads
   * the pieces stops reading when {@link #isWritable} says no. Nobody else may send in between.
   */
  public void sendMore(ByteBuf in, int offset, int length) {
    assert loop.inEventLoop() : "not on the link's event loop";
    LinkOutput out = output;
    if (out != null && state == State.READY) {
      out.append(in, offset, length, 0);
    }
  }

  /** Hands all that is queued to the socket. */
  public void flush() {
    assert loop.inEventLoop() : "not on the link's event loop";
    LinkOutput out = output;
    if (out != null && !hasEnded()) {
      out.flush();
    }
  }

  /**
   * Whether {@link #send} would take a command. If the answer is no because the queue is full,
   * {@link LinkListener#onWritable} will tell.
   */
  public boolean isWritable() {
    LinkOutput out = output;
    if (state != State.READY || out == null) {
      return false;
    }
    if (out.unsent().bytes() < bounds.queueBytesMax()
        && waiting.commands() < bounds.queueCommandsMax()) {
      return true;
    }
    blocked = true;
    return false;
  }

  private void onProgress() {
    LinkOutput out = output;
    if (blocked
        && out != null
        && out.unsent().bytes() <= bounds.queueBytesMax() / 2
        && waiting.commands() <= bounds.queueCommandsMax() / 2) {
      blocked = false;
      // Not from within somebody's flush or reply.
      loop.execute(
          () -> {
            if (state == State.READY) {
              listener.onWritable(this);
            }
          });
    }
  }

  /**
   * From here on every frame goes to {@code sink}, whoever waits for what: for connections that
   * have stopped answering one reply per command (SUBSCRIBE in RESP2, MONITOR). Commands are sent
   * with a count of 0. The heartbeat rests meanwhile. Null ends it.
   */
  public void raw(@Nullable ReplySink sink) {
    assert loop.inEventLoop() : "not on the link's event loop";
    rawSink = sink;
  }

  /**
   * Whether the reply that is due may take long (BLPOP, WAIT): silence is no sign of death then.
   */
  public void expectSilence(boolean expected) {
    assert loop.inEventLoop() : "not on the link's event loop";
    silenceExpected = expected;
  }

  /**
   * Stops taking replies, so that the backend feels back-pressure, or goes on. Nothing is delivered
   * from the moment of stopping, also of what has been read already; nothing from within this call.
   */
  public void reading(boolean on) {
    assert loop.inEventLoop() : "not on the link's event loop";
    if (reading == on) {
      return;
    }
    reading = on;
    if (channel != null) {
      channel.config().setAutoRead(on);
    }
    if (on) {
      loop.execute(this::resume);
    }
  }

  private void resume() {
    if (input != null && reading && !hasEnded()) {
      input.resume();
      if (state == State.READY) {
        onProgress();
        listener.onRepliesDelivered(this);
      }
    }
  }

  /** Ends the link. Any thread; the listener is told on the loop. */
  public void close() {
    if (loop.inEventLoop()) {
      fail(LinkFailure.Kind.CLOSED, "closed");
    } else if (!loop.isShuttingDown()) { // else it ends with its loop
      loop.execute(this::close);
    }
  }

  private void fail(LinkFailure.Kind kind, String message) {
    end(new LinkFailure(kind, message));
  }

  private void end(LinkFailure why) {
    if (hasEnded()) {
      return;
    }
    failure = why;
    state = State.ENDED;
    cancelTimer();
    if (channel != null) {
      // Its end is told from channelInactive: never from within a call of a sink.
      var _ = channel.close();
    }
  }

  /** The last step: the channel is gone, so what was sent is known. */
  private void finish() {
    if (finished) {
      return;
    }
    finished = true;
    int neverSent = 0;
    if (output != null) {
      neverSent = output.unsent().commands();
      output.release();
    }
    if (input != null) {
      input.release();
    }
    int unknown = waiting.commands() - neverSent;
    for (ReplySink sink = waiting.peek(); sink != null; sink = waiting.peek()) {
      int count = waiting.peekCount();
      int lost = unknown > 0 ? Math.min(unknown, count) : count;
      waiting.remove(lost);
      var outcome = unknown > 0 ? CommandOutcome.UNKNOWN : CommandOutcome.NEVER_SENT;
      unknown -= unknown > 0 ? lost : 0;
      sink.onLost(this, lost, outcome);
    }
    listener.onClosed(this, failure());
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  /** Whether commands may be sent. Any thread, though only on the loop the answer stays true. */
  public boolean isReady() {
    return state == State.READY;
  }

  /** Whether it is over. Any thread. */
  public boolean hasEnded() {
    return state == State.ENDED;
  }

  /** The protocol spoken, 2 or 3; known when ready. */
  public int protocol() {
    return handshake.protocol();
  }

  /** Commands that wait for a reply. */
  public int waitingCommands() {
    return waiting.commands();
  }

  /** Bytes that the socket has not taken yet. */
  public long unsentBytes() {
    return output == null ? 0 : output.unsent().bytes();
  }

  /** What it was opened with. */
  public LinkSettings settings() {
    return settings;
  }

  /** The thread on which everything about it happens. */
  public EventLoop loop() {
    return loop;
  }

  private LinkFailure failure() {
    return failure == null ? new LinkFailure(LinkFailure.Kind.CLOSED, "closed") : failure;
  }

  @Override
  public String toString() {
    return "Link[" + settings.address() + " " + state + "]";
  }

  /** Brings what came to who waits for it. */
  private final class Delivery implements LinkInput.Replies {
    @Override
    public void onReply(ByteBuf in, int offset, int length, byte firstByte) {
      ReplySink sink = next();
      if (sink == null) {
        onReplyToNothing(in, offset, length, firstByte);
      } else {
        if (rawSink == null) {
          waiting.remove(1);
        }
        sink.onReply(Link.this, in, offset, length, firstByte);
      }
    }

    @Override
    public void onReplyPiece(ByteBuf in, int offset, int length, byte firstByte, boolean last) {
      ReplySink sink = next();
      if (sink == null) {
        fail(LinkFailure.Kind.PROTOCOL, "a reply to nothing");
        return;
      }
      if (last && rawSink == null) {
        waiting.remove(1);
      }
      sink.onReplyPiece(Link.this, in, offset, length, firstByte, last);
    }

    private @Nullable ReplySink next() {
      return rawSink == null ? waiting.peek() : rawSink;
    }

    /** Too many clients, protected mode: the backend says so unasked and closes. */
    private void onReplyToNothing(ByteBuf in, int offset, int length, byte firstByte) {
      if (firstByte == '-' && RespReader.read(in, offset, length) instanceof RespValue.Failure f) {
        fail(LinkFailure.Kind.HANDSHAKE, "the backend said: " + f.message());
      } else {
        fail(LinkFailure.Kind.PROTOCOL, "a reply to nothing");
      }
    }

    @Override
    public boolean takesPieces() {
      ReplySink sink = next();
      return sink != null && sink.takesPieces();
    }

    @Override
    public void onPush(ByteBuf in, int offset, int length) {
      ReplySink sink = rawSink;
      if (sink != null) {
        sink.onReply(Link.this, in, offset, length, (byte) '>');
      } else {
        listener.onPush(Link.this, in, offset, length);
      }
    }

    @Override
    public void onBreach(String reason) {
      fail(LinkFailure.Kind.PROTOCOL, reason);
    }

    @Override
    public boolean isStopped() {
      return !reading || hasEnded();
    }
  }

  private final class Events extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      onConnected(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf in = (ByteBuf) message;
      try {
        heard = true;
        if (input != null) {
          input.onRead(in);
        }
      } finally {
        in.release();
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (state == State.READY) {
        onProgress(); // replies have made room
        listener.onRepliesDelivered(Link.this);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      fail(LinkFailure.Kind.CLOSED_BY_PEER, "the backend closed the connection");
      finish();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (cause instanceof java.io.IOException) {
        // TCP_USER_TIMEOUT and keepalive end a dead connection in this way.
        boolean timedOut = String.valueOf(cause.getMessage()).contains("timed out");
        fail(
            timedOut ? LinkFailure.Kind.SILENT : LinkFailure.Kind.CLOSED_BY_PEER,
            String.valueOf(cause.getMessage()));
      } else {
        LOG.error("defect on the way of a reply from {}", settings.address(), cause);
        fail(LinkFailure.Kind.PROTOCOL, String.valueOf(cause));
      }
    }
  }
}
