package holdfast.proxy.dispatch;

import holdfast.proxy.session.ByteBudget;
import holdfast.proxy.session.Session;
import holdfast.routing.read.ReadRule;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One client: its channel, and when it is read from, gone on with and closed.
 *
 * <p>The way of a command: {@link ClientInput} finds it, {@link CommandSender} sends it where the
 * plan says, {@link Upstream} brings the reply to {@link ClientReplies}, {@link ClientOutput}
 * writes it at its place. What cannot go out is not taken apart: it stays in the input, the client
 * is not read from, and its socket is the queue. {@link #proceed} goes on where it stopped once
 * what it {@link ClientWaiting waits} for has come about; {@link LostCommands} that may go out
 * again go first.
 *
 * <p>One loop's thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows in channelInactive
final class ClientConnection extends ChannelInboundHandlerAdapter {
  private final ProxyLoop loop;
  private final Channel channel;
  private final Session session;
  private final ClientInput input;
  private final CommandSender commands;
  private final ClientOutput output;
  private final ClientReplies replies;
  private final ClientWaiting waiting;
  private final LostCommands lost;
  private final OnceReplies onceReplies;
  private final OnceReplies onceAgainReplies;
  private final OwnLinkUse use;
  private final ClientLogin login;
  private final ClientTracking tracking;
  private final SubscriptionUse subscriptions;

  /** Of messages that other loops have for it. */
  private final ByteBudget handedOver;

  private final ClientReads reads;

  /** Of its user; null while it is nobody. */
  private @Nullable LoginLinks links;

  /** When it went on the last time. */
  private long proceedsAtNanos;

  private boolean proceeding;
  private boolean closed;
  private boolean inputEnded;
  private boolean lastReplyTaken;

  ClientConnection(ProxyLoop loop, Channel channel, SocketAddress from, ReadRule rule) {
    this.loop = loop;
    this.channel = channel;
    this.session =
        new Session(
            loop.clients().newId(),
            from instanceof InetSocketAddress ? text(from) : text(channel.localAddress()),
            loop.settings().password() == null && !loop.settings().backendUsers(),
            loop.nowNanos());
    this.handedOver = new ByteBudget(loop.settings().clients().outputBytesMax());
    this.reads = new ClientReads(rule, !loop.settings().reads().classes().isEmpty());
    this.input = new ClientInput(loop, this);
    this.output = new ClientOutput(loop, channel, session, this::close);
    this.replies = new ClientReplies(loop, this);
    this.waiting = new ClientWaiting(loop, this);
    this.lost = new LostCommands(loop, this);
    this.onceReplies = new OnceReplies(loop, this, true);
    this.onceAgainReplies = new OnceReplies(loop, this, false);
    this.use = new OwnLinkUse(loop, this);
    this.login = new ClientLogin(loop, this);
    this.tracking = new ClientTracking(loop, this);
    this.subscriptions = new SubscriptionUse(loop, this);
    this.links = loop.settings().backendUsers() ? null : loop.logins().proxy();
    this.commands = new CommandSender(loop, this);
  }

  /** As Redis shows it: a Unix socket is its path, on port 0. */
  private static String text(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
        : address + ":0";
  }

  // ---- its parts

  Session session() {
    return session;
  }

  ClientInput input() {
    return input;
  }

  CommandSender commands() {
    return commands;
  }

  ClientOutput output() {
    return output;
  }

  ClientReplies replies() {
    return replies;
  }

  ClientWaiting waiting() {
    return waiting;
  }

  LostCommands lost() {
    return lost;
  }

  /** Who gets the replies that servers keep: of a command's first sending, or of others. */
  OnceReplies onceReplies(boolean first) {
    return first ? onceReplies : onceAgainReplies;
  }

  OwnLinkUse use() {
    return use;
  }

  ClientLogin login() {
    return login;
  }

  ClientTracking tracking() {
    return tracking;
  }

  SubscriptionUse subscriptions() {
    return subscriptions;
  }

  ClientReads reads() {
    return reads;
  }

  /** The links of its user: it has logged in, or need not. */
  LoginLinks links() {
    LoginLinks its = links;
    if (its == null) {
      throw new IllegalStateException("a client that is nobody has no links");
    }
    return its;
  }

  boolean hasLinks() {
    return links != null;
  }

  void links(@Nullable LoginLinks ofUser) {
    links = ofUser;
  }

  /** Where it connected to, host:port. */
  String localAddress() {
    return text(channel.localAddress());
  }

  int linkIndex() {
    return ProxyLoop.linkIndex(session.database(), session.protocol());
  }

  // ---- the channel

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    loop.connected(this);
    if (loop.isClosing()) {
      drain();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var in = (ByteBuf) message;
    if (closed || lastReplyTaken) {
      in.release();
      return;
    }
    input.add(in);
    long now = loop.nowNanos();
    session.readAt(now);
    if (waiting.isOver()) {
      proceed(now);
    } else {
      updateReading();
    }
    loop.buffers().read(this, !waiting.isOver() || input.size() == 0);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      onInputEnded();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  /** It will send nothing more: what was not sent on leaves no trace; replies under way do. */
  private void onInputEnded() {
    inputEnded = true;
    if (waiting.isHeld() || use.isInUse() || subscriptions.isActive()) {
      close();
      return;
    }
    if (!waiting.isOver() || output.pending() > 0) {
      finishIfDone();
    } else {
      output.flush();
      close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    failed(cause);
  }

  /** It cannot go on. */
  void failed(Throwable cause) {
    try {
      if (!(cause instanceof IOException)) {
        loop.logger().error("client {}", session.address(), cause);
      }
    } finally {
      close();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!ctx.channel().isWritable()) {
      return;
    }
    output.unstick();
    if (waiting.isOver() || waiting.isForRoom()) {
      wake();
    }
  }

  // ---- going on

  /** It goes on at the end of this pass. */
  void wake() {
    loop.wake(this);
  }

  /** Runs something on its loop: any thread. */
  void execute(Runnable task) {
    channel.eventLoop().execute(task);
  }

  boolean isOn(ProxyLoop other) {
    return loop == other;
  }

  /**
   * Runs something on its loop that has bytes for it, from another loop: any thread. If it has more
   * of that to do than may wait for a client it is closed.
   */
  void handOver(int bytes, Runnable task) {
    if (!handedOver.take(bytes)) {
      kill();
      return;
    }
    execute(
        () -> {
          handedOver.giveBack(bytes);
          if (!closed) {
            task.run();
          }
        });
  }

  /** Goes on with what waits, as far as it gets. */
  void proceed() {
    proceed(loop.nowNanos());
  }

  private void proceed(long nowNanos) {
    if (closed || proceeding) {
      return;
    }
    proceeding = true;
    proceedsAtNanos = nowNanos;
    waiting.over();
    try {
      if (tracking.resume() && subscriptions.resume() && use.resume()) {
        lost.sendAgain();
        input.read();
      }
      commands.flushRun();
    } finally {
      proceeding = false;
    }
    if (closed) {
      return;
    }
    input.releaseIfTaken();
    waiting.settle();
    updateReading();
    finishIfDone();
  }

  /**
   * When it went on, the last time: the clock is asked once for all commands that came together.
   */
  long proceedsAtNanos() {
    return proceedsAtNanos;
  }

  /** Whether something is due to it, or may come to it unasked: its silence means nothing. */
  boolean isBusy() {
    return !waiting.isOver()
        || output.pending() > 0
        || !lost.isEmpty()
        || use.isListening()
        || subscriptions.isActive();
  }

  /** Whether the next command may be looked at. */
  boolean takesCommands() {
    return waiting.isOver() && !lastReplyTaken && !closed;
  }

  /** Whether what has come of it gets on, or is refused, without a word from it. */
  boolean getsOnByItself() {
    return !waiting.isOver() && input.size() > 0 && !use.isInUse() && !output.isBehind();
  }

  /** Reads from it, or stops that, as its state and that of the loop say. */
  void updateReading() {
    boolean wants =
        waiting.isOver()
            ? !output.isBehind() && use.takesMore()
            : waiting.isForReplies() && !input.isFull();
    boolean read = wants && loop.buffers().mayRead(this);
    if (channel.isOpen() && channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
  }

  // ---- its end

  boolean isClosed() {
    return closed;
  }

  /** A link that it had to itself is closed. */
  void ownLinkClosed(Upstream link) {
    if (!closed) {
      use.linkClosed(link);
      tracking.linkClosed(link);
    }
  }

  /** What it does not wait for any more is not held against it: any thread. */
  void kill() {
    channel.close();
  }

  void close() {
    if (closed) {
      return;
    }
    closed = true;
    loop.disconnected(this);
    channel.close();
    use.clientClosed();
    tracking.drop("its client is gone");
    subscriptions.leave();
    login.leave();
    input.release();
    lost.clear();
    output.close();
  }

  /** Closes at once; done when the channel is. */
  ChannelFuture end() {
    close();
    return channel.closeFuture();
  }

  /** No further commands are taken; closes when the replies under way are through. */
  void drain() {
    lastReplyTaken = true;
    finishIfDone();
  }

  /** QUIT, and errors after which nothing more is read. */
  void closeAfterReplies() {
    lastReplyTaken = true;
  }

  /** Closes if it was to be closed after the last reply, and that is through. */
  void finishIfDone() {
    boolean ends = lastReplyTaken || (inputEnded && waiting.isOver());
    if (ends && !closed && output.pending() == 0 && lost.isEmpty()) {
      output.flush();
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }
}
