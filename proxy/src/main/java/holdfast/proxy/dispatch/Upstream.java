package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.routing.plan.Tenure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a backend, from connecting to its end, on which commands of one client or many
 * are pipelined, replies matched in order: {@link UpstreamOutput} is the way there, {@link
 * UpstreamInput} the way back. A link to a master belongs to one {@link Tenure}.
 *
 * <p>It is not {@code backend.link.Link}, which voters, keepers of leases and engines use, because
 * it owes its commands more: their bytes are kept until they are answered, so that they can go out
 * again; replies stop at a lease, at a gate and at a client that does not read; and it is of use
 * only after the node has shown who it is. A Link that did all this would make the others pay for
 * it, and this one made of a Link would copy each command once more. What can be shared without
 * that is: scanners and writers of {@code backend.resp}, and how sockets are opened and behave.
 *
 * <p>One loop's thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed close shows in channelInactive
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
      link.closeUnconfirmed();
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

  private final ProxyLoop loop;
  private final NodeAddress address;
  private final @Nullable Tenure tenure;
  private final int index;
  private final @Nullable Login login;
  private final Listener listener;
  private final @Nullable Gate gate;
  private final WaitingRing waiting = new WaitingRing();
  private final UpstreamOutput output;
  private final UpstreamInput input;
  private final LinkRoom room = new LinkRoom();

  private State state = State.CONNECTING;
  private @Nullable Channel channel;
  private @Nullable LinkIdentity identity;

  /** Where its server keeps replies; null while, or if, it does not. */
  private @Nullable OnceWindow once;

  private boolean wantsOnce;
  private boolean closesWhenAnswered;
  private boolean suspect;
  private boolean silentByNature;
  private boolean unconfirmed;
  private boolean failed;
  private long silentSinceNanos;
  private int progress;

  /** Bytes of it that its loop knows of. */
  private long counted;

  /**
   * @param tenure of a master; null for a replica
   * @param index which database and protocol: {@link ProxyLoop#linkIndex}
   * @param login as whom its commands are executed; null for the proxy itself
   * @param commits who confirms what it answers; null if nothing is waited for
   */
  Upstream(
      ProxyLoop loop,
      NodeAddress address,
      @Nullable Tenure tenure,
      int index,
      @Nullable Login login,
      Listener listener,
      @Nullable GroupCommit commits) {
    this.loop = loop;
    this.address = address;
    this.tenure = tenure;
    this.index = index;
    this.login = login;
    this.listener = listener;
    this.gate = commits == null ? null : new Gate(this, commits);
    this.output = new UpstreamOutput(loop, this);
    this.input = new UpstreamInput(loop, this, waiting, output.log());
  }

  // ---- what it is

  NodeAddress address() {
    return address;
  }

  /** Null while it is being opened. */
  @Nullable Channel channel() {
    return channel;
  }

  @Nullable Tenure tenure() {
    return tenure;
  }

  int index() {
    return index;
  }

  /** As whom its commands are executed; null for the proxy itself. */
  @Nullable Login login() {
    return login;
  }

  /** How much of the replies may be handed on; null if all may. */
  @Nullable Gate gate() {
    return gate;
  }

  /** Whom it is connected to; null before it is ready. */
  @Nullable LinkIdentity identity() {
    return identity;
  }

  /** Its server is to keep the replies of commands, if it can. */
  void wantOnce() {
    wantsOnce = true;
  }

  boolean wantsOnce() {
    return wantsOnce;
  }

  /** Its server keeps replies. */
  void keepsReplies(OnceWindow window) {
    once = window;
    loop.recorder().begins(this);
  }

  /** Of the commands whose replies its server keeps; null if it keeps none. */
  @Nullable OnceWindow onceWindow() {
    return once;
  }

  /** Whether it takes commands. */
  boolean isReady() {
    return state == State.READY && !suspect;
  }

  /** Whether the node has shown who it is. */
  boolean isSetUp() {
    return state == State.READY;
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  /** Its server refuses commands: it gets no more; false if that was known. */
  boolean suspect() {
    boolean before = suspect;
    suspect = true;
    return !before;
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
    if (tenure == null && waiting.isEmpty()) {
      silentSinceNanos = loop.nowNanos();
    }
    // Bytes first: if there is no memory for them no reply is awaited either.
    output.add(in, start, length, count);
    waiting.add(target, number, count, repliesFree);
    count();
  }

  /** A command that will flow through in pieces: its reply is awaited, its bytes are not kept. */
  void begin(ReplyTarget target, int number) {
    waiting.add(target, number, 1);
    output.beginPieces();
  }

  /** The next bytes of the command that was begun; takes over one reference. */
  void sendPiece(ByteBuf piece) {
    output.addPiece(piece);
  }

  /** A command whose answer comes as frames of the stream; it is not kept. */
  void sendUnasked(ByteBuf in, int start, int length) {
    output.addUnasked(in, start, length);
  }

  /** The end of a pass. */
  void flush() {
    output.flush();
    count();
  }

  private void count() {
    long now = output.bytes() + input.capacityBytes();
    loop.buffers().add(now - counted);
    counted = now;
  }

  /** Whether what was written has been taken by the socket, nearly. */
  boolean isWritable() {
    return output.isWritable();
  }

  // ---- what is under way on it

  /** Commands without a reply. */
  int inFlight() {
    return waiting.commands();
  }

  /** Whether commands that were sent since it was ready are without a reply. */
  boolean owes() {
    return state == State.READY && !waiting.isEmpty();
  }

  /** How many targets wait, neighbours counted as one. */
  int waitingRuns() {
    return waiting.runs();
  }

  /** Whether more commands may be sent; if not, {@link Listener#onRoom} follows. */
  boolean hasRoom() {
    return hasRoomBelow(LinkRoom.COMMANDS_MAX);
  }

  /**
   * The same with fewer commands under way.
   *
   * @param commandsMax no more than so many
   */
  boolean hasRoomBelow(int commandsMax) {
    boolean open = !input.isStuck() && (once == null || once.hasRoom());
    return room.has(waiting.commands(), output.bytes(), open, commandsMax);
  }

  private void tellRoom() {
    if (!room.isFull()) {
      return;
    }
    boolean open = state == State.READY && !input.isStuck() && (once == null || once.isHalfFree());
    if (room.freed(waiting.commands(), output.bytes(), open)) {
      listener.onRoom(this);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable() && state == State.READY) {
      listener.onRoom(this);
    }
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
      silentSinceNanos = loop.nowNanos();
    }
    input.add(in);
    count();
  }

  /** Replies were handed on, as far as that goes. */
  void repliesHandedOn() {
    if (closesWhenAnswered && waiting.isEmpty()) {
      close("done");
    }
    count();
    tellRoom();
  }

  /**
   * When a replica last sent something, or was asked when it owed nothing; of a master it is not
   * noted.
   */
  long silentSinceNanos() {
    return silentSinceNanos;
  }

  /** Changes whenever something has come from the server. */
  int progress() {
    return progress;
  }

  /** Whether replies are held up on our side: that they stay out says nothing of the server. */
  boolean isHeldUp() {
    return input.isHeldUp();
  }

  /** The command under way may take as long as it likes: silence says nothing of the server. */
  void silentByNature(boolean blocks) {
    silentByNature = blocks;
  }

  boolean isSilentByNature() {
    return silentByNature || input.isStream();
  }

  /** Where frames that answer no command go; null drops them. */
  void stream(@Nullable Stream to) {
    input.stream(to);
  }

  /** Where pushes go that come among the replies; null drops them. */
  void pushes(@Nullable Stream to) {
    input.pushes(to);
  }

  /** Bytes that have come and have not been handed on. */
  int unreadBytes() {
    return input.unreadBytes();
  }

  /** Whether the reply that is next has been handed on in part. */
  boolean isMidReply() {
    return input.isMidReply();
  }

  /** Whether the socket is read from. */
  void autoRead(boolean on) {
    if (channel != null && state != State.CLOSED) {
      channel.config().setAutoRead(on);
    }
  }

  // ---- what holds replies up

  /** The lease is held again: goes on with the replies that waited for it. */
  void leaseHeld() {
    input.leaseHeld();
  }

  /** A reply cannot be handed on for now: its client does not read. */
  void stick() {
    input.stick();
  }

  /** The client reads again, or is gone. */
  void unstick() {
    if (input.isStuck()) {
      input.unstick();
      tellRoom();
    }
  }

  boolean isStuck() {
    return input.isStuck();
  }

  /** The gate has opened further: goes on with the replies behind it. */
  void gateMoved() {
    input.gateMoved();
  }

  /** The gate is full of what waits behind it. */
  void holdBack() {
    input.readMore();
  }

  /** Tells the listener that what came before the gate's mark has waited in vain. */
  void unconfirmed() {
    if (state != State.CLOSED) {
      listener.onUnconfirmed(this);
    }
  }

  /** The replies that came before the gate's mark are dropped; their clients are told. */
  void dropUnconfirmed() {
    input.dropUnconfirmed();
  }

  // ---- its beginning and its end

  /** Whether it was closed with commands unanswered, or because its server refused them. */
  boolean hasFailed() {
    return failed;
  }

  /** The channel is connected: who is it? */
  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (state != State.CONNECTING) {
      ctx.close();
      return;
    }
    channel = ctx.channel();
    output.open(ctx.channel());
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
    failed(cause);
  }

  /** It cannot go on. */
  void failed(Throwable cause) {
    if (!(cause instanceof IOException)) {
      loop.logger().error("link to {}", address, cause);
    }
    close(cause.toString());
  }

  /** Ends the link because what was answered on it could not be confirmed in time. */
  void closeUnconfirmed() {
    unconfirmed = true;
    close("its replies could not be confirmed in time");
  }

  /** Whether that is why it is closed: what it owed was executed, and lacks replicas. */
  boolean isUnconfirmed() {
    return unconfirmed;
  }

  /** Closes as soon as nothing is awaited on it. */
  void closeWhenAnswered() {
    closesWhenAnswered = true;
    if (waiting.isEmpty()) {
      close("done");
    }
  }

  /** Ends the link; its unanswered commands are told first. */
  void close(String reason) {
    if (state == State.CLOSED) {
      return;
    }
    failed = identity != null && (suspect || !waiting.isEmpty());
    state = State.CLOSED;
    if (channel != null) {
      channel.close();
    }
    if (gate != null) {
      gate.closed();
    }
    input.close();
    output.close(
        (in, start, length, sent) -> {
          ReplyTarget target = waiting.headTarget();
          int number = waiting.headNumber();
          waiting.answered(1);
          target.onLost(this, new ReplyTarget.Frame(in, start, length), number, sent);
        });
    waiting.clear();
    count();
    loop.closed(this);
    if (room.isFull()) {
      loop.roomAgain(); // those who waited for room here must look elsewhere
    }
    loop.recorder().closed(this);
    listener.onClosed(this, reason);
  }
}
