package holdfast.proxy.dispatch;

import holdfast.backend.resp.RequestScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.RespWriter;
import holdfast.proxy.dispatch.AgainQueue.Again;
import holdfast.proxy.session.Session;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Special;
import holdfast.routing.plan.Circumstances;
import holdfast.routing.plan.Plan;
import holdfast.routing.plan.Plan.Hold;
import holdfast.routing.plan.Plan.Reject;
import holdfast.routing.plan.Planning;
import holdfast.routing.read.ReadPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One client: finds its commands, sends each where it belongs, and writes the replies in order.
 *
 * <p>Commands that cannot go out yet are not taken apart: they stay in the input buffer, the client
 * is not read from, and its socket is the queue. {@link #proceed} goes on where it stopped once
 * what it {@link Hold waits} for has come about. Commands that were sent and lost, and may go out
 * again, lie in an {@link AgainQueue} and go first.
 *
 * <p>One loop's thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows in channelInactive
final class ClientConnection extends ChannelInboundHandlerAdapter implements ReplyTarget {
  /** Reading stops when so much lies unread in the input buffer. */
  private static final int INPUT_BYTES_MAX = 256 * 1024;

  private final ProxyLoop loop;
  private final Channel channel;
  private final Session session;
  private final RequestScanner scanner = new RequestScanner(RespLimits.STANDARD);
  private final ClientOutput output;
  private final AgainQueue again;
  private final LocalCommands local;
  private final OwnLinkUse use;
  private final Offers circumstances = new Offers();

  private @Nullable ByteBuf input;

  /** What the next command waits for; null if it does not. */
  private @Nullable Hold waitsFor;

  private boolean proceeding;
  private boolean closed;
  private boolean inputEnded;
  private boolean lastReplyTaken;
  private boolean refusing;

  /** It began to wait for a master at that time and has got no reply since. */
  private boolean waited;

  private long waitingSinceNanos;

  /** The shared link that the last command went to. */
  private @Nullable Upstream sharedLink;

  /** The run of commands that will be sent together: they lie back to back in the input. */
  private @Nullable Upstream runLink;

  private int runStart;
  private int runEnd;
  private int runNumber;
  private int runCount;

  /** Its replies need not wait to be confirmed. */
  private boolean runIsFree;

  ClientConnection(ProxyLoop loop, Channel channel) {
    this.loop = loop;
    this.channel = channel;
    this.session =
        new Session(
            loop.clients().newId(),
            text(channel.remoteAddress()),
            loop.settings().password() == null,
            loop.nowNanos());
    this.output = new ClientOutput(loop, channel, session, this::close);
    this.again = new AgainQueue(loop.allocator());
    this.local = new LocalCommands(loop, this);
    this.use = new OwnLinkUse(loop, this);
  }

  private static String text(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
        : "unknown:0";
  }

  Session session() {
    return session;
  }

  boolean isClosed() {
    return closed;
  }

  /** What it does not wait for any more is not held against it: any thread. */
  void kill() {
    channel.close();
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
    ByteBuf before = input;
    input = before == null ? in : joined(before, in);
    if (waitsFor == null) {
      proceed();
    } else {
      updateReading();
    }
  }

  private ByteBuf joined(ByteBuf before, ByteBuf in) {
    ByteBuf to = before;
    if (before.refCnt() > 1 || before.maxWritableBytes() < in.readableBytes()) {
      // Links still hold slices of it: its bytes must stay where they are.
      int expected = before.readableBytes() + in.readableBytes();
      to = loop.allocator().directBuffer(expected + Math.max(1024, expected / 2));
      to.writeBytes(before);
      before.release();
    } else {
      to.discardSomeReadBytes();
    }
    to.writeBytes(in);
    in.release();
    return to;
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
    if (waitsFor == Hold.FOR_MASTER || waitsFor == Hold.FOR_REPLICAS || use.isInUse()) {
      close();
      return;
    }
    if (waitsFor != null || output.pending() > 0) {
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
    if (!(cause instanceof IOException)) {
      loop.logger().error("client {}", session.address(), cause);
    }
    close();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!ctx.channel().isWritable()) {
      return;
    }
    output.unstick();
    if (waitsFor == null) {
      loop.wake(this);
    }
  }

  void close() {
    if (closed) {
      return;
    }
    closed = true;
    loop.disconnected(this);
    channel.close();
    use.clientClosed();
    if (input != null) {
      input.release();
      input = null;
    }
    again.clear();
    output.close();
  }

  /** No further commands are taken; closes when the replies under way are through. */
  void drain() {
    lastReplyTaken = true;
    finishIfDone();
  }

  private void finishIfDone() {
    boolean ends = lastReplyTaken || (inputEnded && waitsFor == null);
    if (ends && !closed && output.pending() == 0 && again.isEmpty()) {
      output.flush();
      channel
          .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
          .addListener(io.netty.channel.ChannelFutureListener.CLOSE);
    }
  }

  // ---- commands

  /** Goes on with what waits, as far as it gets. */
  void proceed() {
    if (closed || proceeding) {
      return;
    }
    proceeding = true;
    waitsFor = null;
    try {
      if (use.resume()) {
        sendAgain();
        readCommands();
      }
      flushRun();
    } finally {
      proceeding = false;
    }
    if (closed) {
      return;
    }
    ByteBuf in = input;
    if (in != null && !in.isReadable()) {
      in.release();
      input = null;
    }
    switch (waitsFor) {
      case FOR_MASTER, FOR_REPLICAS -> hold();
      case FOR_ROOM -> {
        loop.unhold(this);
        loop.awaitRoom(this);
      }
      case FOR_REPLIES -> loop.unhold(this);
      case null -> loop.unhold(this);
    }
    updateReading();
    finishIfDone();
  }

  private void hold() {
    long bytes = again.bytes() + (input == null ? 0 : input.readableBytes());
    if (!waited) {
      waited = true;
      waitingSinceNanos = loop.nowNanos();
    }
    if (!loop.hold(this, bytes, waitingSinceNanos)) {
      patienceEnded();
    }
  }

  /** The hold window is over: everything that waits here is answered with an error. */
  void patienceEnded() {
    if (closed) {
      return;
    }
    waited = false;
    use.patienceEnded();
    refusing = true;
    try {
      for (Again each = again.first(); each != null; each = again.first()) {
        again.removeFirst();
        loop.counters().refusedAfterHold();
        error(each.number(), each.mayHaveRun() ? Errors.IN_DOUBT : neverRun());
      }
      proceed();
    } finally {
      refusing = false;
    }
  }

  private String noMaster() {
    return Errors.noMaster(loop.settings().hold().window());
  }

  private String neverRun() {
    return Errors.neverRun(loop.settings().hold().window());
  }

  private void sendAgain() {
    for (Again next = again.first(); next != null && waitsFor == null; next = again.first()) {
      ByteBuf frame = next.frame();
      int length = frame.readableBytes();
      RequestView request = loop.scratch().request().at(frame, 0, length);
      CommandTraits traits = request.classify(loop.classes());
      Plan plan = Planning.beside(traits, request, circumstances);
      if (!carryOut(plan, traits, request, frame, 0, length, next.number(), true)) {
        return;
      }
      flushRun();
      again.removeFirst();
      loop.counters().repeated();
    }
  }

  private void readCommands() {
    ByteBuf in = input;
    if (in == null) {
      return;
    }
    while (waitsFor == null && !lastReplyTaken && !closed && in.isReadable()) {
      if (use.isStreaming()) {
        use.streamRequest(scanner, in);
        if (use.isStreaming()) {
          return;
        }
        continue;
      }
      int at = in.readerIndex();
      scanner.unauthenticated(!session.authenticated());
      switch (scanner.scan(in, at, in.writerIndex())) {
        case INCOMPLETE -> {
          if (use.wantsStreaming(scanner, in, at)) {
            flushRun();
            if (use.beginStreaming(scanner, in, at)) {
              continue;
            }
          }
          return;
        }
        case INVALID -> {
          flushRun();
          error(output.take(), "ERR " + scanner.error());
          lastReplyTaken = true;
          in.skipBytes(in.readableBytes());
          return;
        }
        case COMPLETE -> {
          if (scanner.argumentCount() > 0 && !onCommand(at)) {
            return;
          }
          in.readerIndex(at + scanner.length());
        }
      }
    }
  }

  /** False: it stays where it is, and {@link #waitsFor} says for what. */
  private boolean onCommand(int at) {
    ByteBuf frame = scanner.frame();
    int start = scanner.frameStart(at);
    RequestView request = loop.scratch().request().at(frame, start, scanner);
    CommandTraits traits = request.classify(loop.classes());
    if (output.pending() >= loop.settings().hold().clientCommandsMax() || output.isBehind()) {
      return waitFor(Hold.FOR_ROOM);
    }
    if (output.isSilent()) {
      if (unanswered() > 0) {
        return waitFor(Hold.FOR_REPLIES);
      }
      output.silent(false);
    }
    if (session.skipsNextReply() && !session.repliesOff()) {
      flushRun();
      output.silent(true);
    }
    Plan plan = Planning.of(traits, request, circumstances);
    boolean taken = carryOut(plan, traits, request, frame, start, scanner.frameLength(), 0, false);
    if (taken) {
      loop.counters().command();
      if (output.isSilent()) {
        session.skipped();
      }
    }
    return taken;
  }

  /**
   * Carries out what was planned for a command.
   *
   * @param number of a command that goes out again; another gets one when it is sent
   * @return false if it cannot go out now: {@link #waitsFor} says what for
   */
  private boolean carryOut(
      Plan plan,
      CommandTraits traits,
      RequestView request,
      ByteBuf frame,
      int start,
      int length,
      int number,
      boolean repeated) {
    return switch (plan) {
      case Plan.ToMaster to ->
          switch (to) {
            case SHARED_LINK -> shared(traits, frame, start, length, number, repeated);
            case OWN_LINK -> {
              flushRun();
              use.once(ownLink(), traits, frame, start, length, repeated ? number : take());
              yield true;
            }
          };
      case Plan.ToReplica _ -> {
        Upstream replica = circumstances.replica;
        if (replica == null) {
          throw new IllegalStateException("no replica was chosen");
        }
        yield send(replica, traits, frame, start, length, number, repeated);
      }
      case Plan.ToOpen to -> {
        flushRun();
        yield switch (to) {
          case GOES_ON -> use.route(traits, request, frame, start, length);
          case TRANSACTION -> use.transaction(ownLink(), traits, request, frame, start, length);
          case SUBSCRIPTION -> use.subscription(ownLink(), traits, request, frame, start, length);
        };
      }
      case Plan.Answer answer ->
          switch (answer) {
            case LOCALLY -> local.run(traits, request);
            case NOTHING_OPEN -> use.nothingOpen(traits, request);
          };
      case Hold hold -> waitFor(hold);
      case Reject.NOT_AVAILABLE -> {
        localError(String.valueOf(traits.refusal()));
        yield true;
      }
      case Reject reject -> rejected(reject);
    };
  }

  /** Answers a command with an error instead of sending it. */
  boolean rejected(Reject why) {
    flushRun();
    switch (why) {
      case NOT_LOGGED_IN -> localError(Errors.NO_AUTH);
      case NO_MASTER -> {
        loop.counters().refusedAfterHold();
        localError(noMaster());
      }
      case TOO_FEW_REPLICAS -> {
        loop.counters().refusedForReplicas();
        localError(tooFewReplicas());
      }
      case NOT_AVAILABLE -> throw new IllegalArgumentException("its class says why");
    }
    return true;
  }

  private boolean shared(
      CommandTraits traits, ByteBuf frame, int start, int length, int number, boolean repeated) {
    Upstream link = circumstances.master;
    if (link == null) {
      throw new IllegalStateException("no link to the master was offered");
    }
    if (link != sharedLink) {
      flushRun();
      sharedLink = link;
    }
    return send(link, traits, frame, start, length, number, repeated);
  }

  /** The plan for a command that is too long to be gathered. */
  Plan planAlone(CommandTraits traits) {
    return Planning.alone(traits, circumstances);
  }

  /** The link that was taken for this client as a plan was made. */
  Upstream ownLink() {
    Upstream taken = circumstances.own;
    circumstances.own = null;
    if (taken == null) {
      throw new IllegalStateException("no link was taken");
    }
    return taken;
  }

  private boolean send(
      Upstream link,
      CommandTraits traits,
      ByteBuf frame,
      int start,
      int length,
      int number,
      boolean repeated) {
    if (traits.special() == Special.INFO) {
      flushRun();
      int taken = repeated ? number : output.take();
      link.send(frame, start, length, new InfoReply(loop, this), taken, 1);
      return true;
    }
    boolean free = !loop.settings().readCommitted() && traits.changesNothing();
    if (repeated || scanner.isInline()) {
      flushRun();
      link.send(frame, start, length, this, repeated ? number : take(), 1, free);
      return true;
    }
    if (link != runLink || start != runEnd || free != runIsFree) {
      flushRun();
      runIsFree = free;
      runLink = link;
      runStart = start;
      runNumber = output.take();
      runCount = 1;
    } else {
      output.take();
      runCount++;
    }
    runEnd = start + length;
    return true;
  }

  private void flushRun() {
    Upstream link = runLink;
    if (link != null) {
      runLink = null;
      ByteBuf in = input;
      if (in != null) {
        link.send(in, runStart, runEnd - runStart, this, runNumber, runCount, runIsFree);
      }
    }
  }

  boolean waitFor(Hold what) {
    waitsFor = what;
    return false;
  }

  /** Waits, or if its patience has ended is answered with an error. */
  boolean waitForMaster() {
    return refusing ? rejected(Reject.NO_MASTER) : waitFor(Hold.FOR_MASTER);
  }

  /** A write waits until there are replicas to confirm it, or is answered with an error. */
  boolean waitForReplicas() {
    return refusing ? rejected(Reject.TOO_FEW_REPLICAS) : waitFor(Hold.FOR_REPLICAS);
  }

  private String tooFewReplicas() {
    return Errors.tooFewReplicas(
        loop.commits().replicasRequired(), loop.settings().hold().window());
  }

  boolean isRefusing() {
    return refusing;
  }

  /** A number for a command that is sent. */
  int take() {
    return output.take();
  }

  /** Commands under way, those that wait to go out again not counted. */
  int unanswered() {
    return output.pending() - again.size();
  }

  private void updateReading() {
    int waiting = input == null ? 0 : input.readableBytes();
    boolean read =
        waitsFor == null
            ? !output.isBehind() && use.takesMore()
            : waitsFor == Hold.FOR_REPLIES && waiting < INPUT_BYTES_MAX;
    if (channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
  }

  /** A command of a subscriber that goes beside the stream of messages. */
  boolean routeBeside(
      CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    Plan plan = Planning.beside(traits, request, circumstances);
    return carryOut(plan, traits, request, frame, start, length, 0, false);
  }

  /** A command without arguments that is answered here. */
  boolean runLocal(CommandTraits traits) {
    return local.run(traits, loop.scratch().request());
  }

  // ---- replies

  @Override
  public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
    if (closed) {
      return;
    }
    waited = false;
    use.replied(link, in, start, length, number, count);
    output.replies(in, start, length, number, count);
    afterReplies();
  }

  /** One reply that the proxy wrote, at its place. */
  void answer(int number, ByteBuf in, int start, int length) {
    if (closed) {
      return;
    }
    output.replies(in, start, length, number, 1);
  }

  /** Goes on with what waited for replies. */
  void afterReplies() {
    if (waitsFor == Hold.FOR_REPLIES && unanswered() == 0) {
      loop.wake(this);
    } else if (waitsFor == Hold.FOR_ROOM
        && output.pending() <= loop.settings().hold().clientCommandsMax() / 2) {
      loop.wake(this);
    }
    if (lastReplyTaken || inputEnded) {
      finishIfDone();
    }
  }

  @Override
  public void onReplyPiece(
      Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
    if (closed) {
      return;
    }
    output.piece(link, in, start, length, number, last);
    if (last) {
      use.replied(link, in, start, length, number, 1);
      afterReplies();
    }
  }

  /** A message: between replies. */
  void emitBeside(ByteBuf in, int start, int length) {
    if (!closed) {
      output.message(in, start, length);
    }
  }

  // ---- replies of our own

  /** A writer for one local reply; {@link #localReply} sends what it wrote. */
  RespWriter writer() {
    return loop.scratch().writer(session.protocol());
  }

  /** Sends what {@link #writer} wrote as the reply to the command being looked at. */
  void localReply() {
    flushRun();
    ByteBuf reply = loop.scratch().reply();
    answer(take(), reply, reply.readerIndex(), reply.readableBytes());
  }

  void localError(String text) {
    flushRun();
    error(take(), text);
  }

  void error(int number, String text) {
    RespWriter writer = writer();
    writer.error(text);
    ByteBuf reply = loop.scratch().reply();
    answer(number, reply, reply.readerIndex(), reply.readableBytes());
    afterReplies();
  }

  /** QUIT, and errors after which nothing more is read. */
  void closeAfterReplies() {
    lastReplyTaken = true;
  }

  // ---- what went wrong

  @Override
  public void onRefused(Upstream link, Frame request, Frame error, int number) {
    if (closed) {
      return;
    }
    RequestView view = loop.scratch().request().at(request.in(), request.start(), request.length());
    CommandTraits traits = view.classify(loop.classes());
    if (!Errors.waitsOut(error, traits, loop.settings().singleBackend())) {
      onReplies(link, error.in(), error.start(), error.length(), number, 1);
      return;
    }
    if (use.refused(link)) {
      return;
    }
    again.add(number, request, false);
    loop.refusedBy(link);
    waitsFor = Hold.FOR_MASTER;
    loop.wake(this);
  }

  @Override
  public void onLost(Upstream link, Frame request, int number, boolean sent) {
    if (closed) {
      return;
    }
    if (!output.dropPart(number)) {
      close(); // half of the reply is with the client: only a closed connection tells it so
      return;
    }
    if (use.owns(link)) {
      use.lost(link, request, number, sent);
      return;
    }
    lost(link, request, number, sent);
  }

  @Override
  public void onUnconfirmed(Upstream link, Frame request, int number) {
    if (closed) {
      return;
    }
    boolean reads = false;
    if (request.length() > 0) {
      RequestView view =
          loop.scratch().request().at(request.in(), request.start(), request.length());
      reads = view.classify(loop.classes()).changesNothing();
    }
    waited = false;
    loop.counters().unconfirmed();
    int required = loop.commits().replicasRequired();
    var window = loop.settings().hold().window();
    error(
        number,
        reads
            ? Errors.unconfirmedRead(required, window)
            : Errors.unconfirmedWrite(required, window));
  }

  /** The command goes out again, or is answered with an error. */
  void lost(Upstream link, Frame request, int number, boolean sent) {
    if (request.length() == 0) {
      error(number, Errors.IN_DOUBT);
      return;
    }
    RequestView view = loop.scratch().request().at(request.in(), request.start(), request.length());
    CommandTraits traits = view.classify(loop.classes());
    boolean harmless = !sent || traits.changesNothing();
    LinkIdentity who = link.identity();
    if (harmless) {
      again.add(number, request, false);
    } else if (traits.mayRepeat(loop.settings().inDoubt(), view)
        && who != null
        && loop.doubts().add(who)) {
      loop.own().closeIdle("links to the same server must be killed first");
      again.add(number, request, true);
    } else {
      loop.counters().inDoubt();
      error(number, Errors.IN_DOUBT);
    }
    if (!again.isEmpty()) {
      waitsFor = Hold.FOR_MASTER;
      loop.wake(this);
    }
  }

  /** What may have run cannot be repeated after all. */
  void dropDoubtful() {
    for (int number : again.removeDoubtful()) {
      loop.counters().inDoubt();
      error(number, Errors.IN_DOUBT);
    }
  }

  /** Whether this is where its replies go. */
  boolean writesTo(ClientOutput other) {
    return output == other;
  }

  void ownLinkClosed(Upstream link) {
    if (!closed) {
      use.linkClosed(link);
    }
  }

  /** Its own link is free again, or there is one for it. */
  void wake() {
    loop.wake(this);
  }

  /** The client's state and what the loop offers it; holds what was offered until it is used. */
  private final class Offers implements Circumstances {
    private @Nullable Upstream master;
    private @Nullable Upstream replica;
    private @Nullable Upstream own;

    @Override
    public boolean loggedIn() {
      return session.authenticated();
    }

    @Override
    public boolean hasOpen() {
      return use.isInUse();
    }

    @Override
    public boolean owesReplies() {
      return unanswered() > 0;
    }

    @Override
    public boolean refuses() {
      return refusing;
    }

    @Override
    public ReadPolicy reads() {
      return loop.settings().reads();
    }

    @Override
    public boolean offersReplica() {
      int index = linkIndex();
      replica = loop.replicas().choose(index, loop.master(index));
      return replica != null;
    }

    @Override
    public boolean offersMaster() {
      master = loop.master(linkIndex());
      return master != null && loop.leaseRuns();
    }

    @Override
    public boolean masterHasRoom() {
      return master != null && master.hasRoom();
    }

    @Override
    public boolean owesRepliesElsewhere() {
      Upstream last = sharedLink;
      return last != master && last != null && !last.isClosed() && unanswered() > 0;
    }

    @Override
    public boolean offersOwnLink() {
      own = use.takeLink();
      return own != null;
    }

    @Override
    public boolean lacksReplicas() {
      return loop.commits().lacksReplicas();
    }
  }
}
