package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.proxy.dispatch.ReplyTarget.Frame;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Route;
import holdfast.routing.command.Special;
import holdfast.routing.plan.Plan.Hold;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * WATCH and MULTI of one client, on a link of its own from the first of them to EXEC, DISCARD or
 * UNWATCH.
 *
 * <p>A bounded copy of what was queued since MULTI is kept. If the link breaks before EXEC was
 * sent, the copy is sent to the next master and the replies that the client has already are
 * dropped. Afterwards the transaction is in doubt as a whole: it goes out again only under the
 * policy {@code idempotent} and if each of its commands may be repeated. A WATCH does not survive:
 * EXEC then answers nil, as if a key had changed. Before a planned switchover nothing more is sent,
 * and the copy goes to the next master in the same way. Once an error was answered here, EXEC
 * answers EXECABORT as Redis does. Commands that concern the connection itself are {@link
 * QueuedLocals}. One loop's thread.
 */
final class TransactionUse {
  private enum Stage {
    /** WATCH was sent, MULTI was not. */
    WATCHING,
    /** Commands are queued. */
    QUEUING,
    /** EXEC, DISCARD or UNWATCH was sent. */
    ENDING,
    /** Lost for good: commands up to EXEC or DISCARD are answered here. */
    LOST
  }

  private final ProxyLoop loop;
  private final ClientConnection client;
  private final OwnLinkUse use;

  /** Gets the replies that the client has already, from the master before. */
  private final ReplyTarget repeats = new Repeats();

  private final QueuedLocals locals;

  private Stage stage = Stage.WATCHING;
  private @Nullable Upstream link;
  private @Nullable ByteBuf copy;
  private int copied;
  private int copyAnswered;
  private boolean tooLong;
  private boolean repeatable;
  private boolean watching;

  /** A WATCH was lost with its link: EXEC must answer nil. */
  private boolean watchLost;

  private boolean failed;

  /** MULTI was sent by a user who may lack the right to it, and is not answered. */
  private boolean opening;

  /** What was to end it was refused: what is open on the link is not known for certain. */
  private boolean endRefused;

  private boolean execSent;
  private boolean endsWithExec;
  private int ending;
  private final List<Integer> lostNumbers = new ArrayList<>();

  TransactionUse(ProxyLoop loop, ClientConnection client, OwnLinkUse use) {
    this.loop = loop;
    this.client = client;
    this.use = use;
    this.locals = new QueuedLocals(loop, client);
  }

  boolean owns(Upstream other) {
    return link == other;
  }

  void begin(Upstream taken) {
    link = taken;
    stage = Stage.WATCHING;
    watching = false;
    clear();
  }

  private void clear() {
    ByteBuf old = copy;
    copy = null;
    if (old != null) {
      loop.buffers().add(-old.capacity());
      old.release();
    }
    copied = 0;
    copyAnswered = 0;
    tooLong = false;
    repeatable = true;
    failed = false;
    opening = false;
    endRefused = false;
    execSent = false;
    lostNumbers.clear();
    locals.clear();
  }

  /** EXEC, DISCARD, UNWATCH without anything open. */
  void nothingOpen(Special special) {
    switch (special) {
      case EXEC -> client.replies().localError("ERR EXEC without MULTI");
      case DISCARD -> client.replies().localError("ERR DISCARD without MULTI");
      default -> {
        watchLost = false;
        client.replies().writer().ok();
        client.replies().localReply();
      }
    }
  }

  boolean route(CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    Upstream to = link;
    if (traits.special() == Special.SCAN && to != null) {
      // Cursors that are given here are as the server says, since EXEC may hold many of them.
      ByteBuf own = client.commands().scans().translated(to, traits, request, false);
      if (own != null) {
        boolean taken = routeAsIs(traits, request, own, 0, own.readableBytes());
        own.release();
        return taken;
      }
    }
    return routeAsIs(traits, request, frame, start, length);
  }

  private boolean routeAsIs(
      CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    return switch (stage) {
      case WATCHING -> whileWatching(traits, request, frame, start, length);
      case QUEUING -> whileQueuing(traits, request, frame, start, length);
      case ENDING -> client.waiting().on(Hold.FOR_REPLIES);
      case LOST -> afterLoss(traits);
    };
  }

  boolean isEnding() {
    return stage == Stage.ENDING;
  }

  /** A command was answered with an error: if it was to be queued, EXEC will be refused. */
  void misused() {
    failed |= stage == Stage.QUEUING;
  }

  private boolean whileWatching(
      CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    switch (traits.special()) {
      case MULTI -> {
        if (client.replies().unanswered() > 0) {
          return client.waiting().on(Hold.FOR_REPLIES);
        }
        return open(frame, start, length);
      }
      case EXEC, DISCARD -> {
        if (traits.special() == Special.EXEC && request.count() > 1) {
          // Refused, and what is watched is forgotten all the same.
          return end(frame, start, length, false);
        }
        nothingOpen(traits.special());
        return true;
      }
      case WATCH -> {
        watching = true;
        return forward(frame, start, length, false);
      }
      case UNWATCH -> {
        watchLost = false;
        return end(frame, start, length, false);
      }
      default -> {
        if (isEnd(traits)) {
          return resetWith(traits, request);
        }
        return switch (traits.route()) {
          case LOCAL -> localWhileWatching(traits, request);
          case SUBSCRIPTION -> refuseHere(traits, "while keys are watched");
          case REFUSED -> client.commands().refuse(traits);
          case MASTER, ANY_NODE, OWN_LINK, TRANSACTION -> forward(frame, start, length, false);
        };
      }
    }
  }

  /** The link follows where SELECT and HELLO lead. */
  private boolean localWhileWatching(CommandTraits traits, RequestView request) {
    boolean tracks = traits.special() == Special.CLIENT && request.is(1, "tracking");
    if (tracks || client.login().isChangedBy(traits, request)) {
      return refuseHere(traits, "while keys are watched");
    }
    int index = client.linkIndex();
    boolean taken = client.commands().runLocal(traits, request);
    Upstream to = link;
    if (client.linkIndex() != index && to != null) {
      RespWriter follow = loop.scratch().writer(2);
      follow.command("HELLO", Integer.toString(client.session().protocol()));
      follow.command("SELECT", Integer.toString(client.session().database()));
      ByteBuf out = loop.scratch().reply();
      to.send(out, 0, out.readableBytes(), Swallow.REPLIES, 0, 2);
    }
    return taken;
  }

  private static boolean isEnd(CommandTraits traits) {
    return traits.special() == Special.QUIT || traits.special() == Special.RESET;
  }

  /** QUIT and RESET end it. */
  private boolean resetWith(CommandTraits traits, RequestView request) {
    if (client.replies().unanswered() > 0) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    use.reset();
    return client.commands().runLocal(traits, request);
  }

  /** Not for this moment. */
  private boolean refuseHere(CommandTraits traits, String when) {
    misused();
    client
        .replies()
        .localError("ERR '" + traits.name() + "' is not available through Holdfast " + when);
    return true;
  }

  private boolean open(ByteBuf frame, int start, int length) {
    boolean users = loop.logins().areBackends();
    if (!forward(frame, start, length, true, users ? new Opened() : client.replies())) {
      return false;
    }
    stage = Stage.QUEUING;
    opening = users && link != null;
    return true;
  }

  /** Its user lacks the right to MULTI: what follows is executed at once. */
  private void notOpened() {
    clear();
    stage = Stage.WATCHING;
    Upstream done = link;
    if (!watching && done != null) {
      link = null;
      finished();
      use.giveBack(done, true);
    }
  }

  private boolean whileQueuing(
      CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    if (opening && link != null) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    switch (traits.special()) {
      case EXEC -> {
        if (failed) {
          return discardWith(Ending.ABORTED);
        }
        if (watchLost) {
          return discardWith(Ending.NIL);
        }
        if (loop.commits().lacksReplicas()) {
          return client.waiting().refuses()
              ? discardWith(Ending.NO_REPLICAS)
              : client.waiting().onReplicas();
        }
        return end(frame, start, length, true);
      }
      case DISCARD -> {
        return end(frame, start, length, false);
      }
      default -> {
        if (isEnd(traits)) {
          return resetWith(traits, request);
        }
        return switch (traits.route()) {
          case LOCAL -> localWhileQueuing(traits, request, frame, start, length);
          case SUBSCRIPTION -> refuseHere(traits, "inside MULTI");
          case REFUSED -> {
            failed = true;
            yield client.commands().refuse(traits);
          }
          case MASTER, ANY_NODE, OWN_LINK, TRANSACTION -> {
            repeatable &= traits.mayRepeat(loop.settings().inDoubt(), request);
            boolean taken = forward(frame, start, length, true);
            if (taken && traits.special() != Special.MULTI && traits.special() != Special.WATCH) {
              locals.queued(); // those two are answered with an error at once
            }
            yield taken;
          }
        };
      }
    }
  }

  private boolean localWhileQueuing(
      CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    if (isUnanswerable(traits, request)) {
      return refuseHere(traits, "inside MULTI");
    }
    if (client.tracking().isOn() && isCaching(traits, request)) {
      boolean taken = forward(frame, start, length, true);
      if (taken) {
        locals.queued();
      }
      return taken;
    }
    if (!locals.hasRoomFor(length)) {
      return refuseHere(traits, "so often inside one MULTI");
    }
    ByteBuf instead = locals.placeholder();
    boolean sent =
        traits.special() == Special.SELECT
            ? forward(frame, start, length, true)
            : forward(instead, 0, instead.readableBytes(), true);
    if (!sent) {
      return false;
    }
    locals.add(frame, start, length);
    locals.queued();
    return true;
  }

  /** What changes how the reply of EXEC itself is written, or has no answer by then. */
  private boolean isUnanswerable(CommandTraits traits, RequestView request) {
    if (client.login().isChangedBy(traits, request)) {
      return true;
    }
    return switch (traits.special()) {
      case HELLO -> {
        int other = client.session().protocol() == 2 ? 3 : 2;
        yield request.count() > 1 && request.number(1) == other;
      }
      case CLIENT ->
          request.is(1, "unblock")
              || (request.is(1, "tracking") && (request.is(2, "on") || client.tracking().isOn()))
              || (request.is(1, "reply")
                  && (request.is(2, "on") || request.is(2, "off") || request.is(2, "skip")));
      default -> false;
    };
  }

  private static boolean isCaching(CommandTraits traits, RequestView request) {
    return traits.special() == Special.CLIENT && request.is(1, "caching");
  }

  private enum Ending {
    NIL,
    ABORTED,
    NO_REPLICAS
  }

  /** The server is told to forget; the client gets what EXEC would answer. */
  private boolean discardWith(Ending ending) {
    if (client.replies().unanswered() > 0) {
      return client.waiting().on(Hold.FOR_REPLIES);
    }
    Upstream to = link;
    if (to != null) {
      RespWriter discard = loop.scratch().writer(2);
      discard.command("DISCARD");
      ByteBuf out = loop.scratch().reply();
      to.send(out, 0, out.readableBytes(), Swallow.REPLIES, 0, 1);
      // Its reply is still to come, so the link cannot be given back.
      link = null;
      if (!client.tracking().owns(to)) {
        to.closeWhenAnswered();
      }
    }
    watchLost = false;
    finished();
    switch (ending) {
      case NIL -> {
        client.replies().writer().nilArray();
        client.replies().localReply();
      }
      case ABORTED -> client.replies().localError(Errors.EXEC_ABORT);
      case NO_REPLICAS -> client.waiting().onReplicas();
    }
    return true;
  }

  private boolean forward(ByteBuf frame, int start, int length, boolean keep) {
    return forward(frame, start, length, keep, client.replies());
  }

  private boolean forward(ByteBuf frame, int start, int length, boolean keep, ReplyTarget target) {
    Upstream to = link;
    if (to == null || loop.isDraining()) {
      return client.waiting().onMaster();
    }
    if (!to.hasRoom()) {
      return client.waiting().on(Hold.FOR_ROOM);
    }
    if (keep) {
      keep(frame, start, length);
    }
    if (client.tracking().isOn()) {
      client.tracking().precede();
    }
    // That a command is queued shows no data, so there is nothing to confirm before EXEC.
    to.send(frame, start, length, target, client.replies().take(), 1, keep);
    return true;
  }

  private boolean end(ByteBuf frame, int start, int length, boolean exec) {
    Upstream to = link;
    if (to == null || loop.isDraining()) {
      return client.waiting().onMaster();
    }
    if (stage == Stage.QUEUING) {
      keep(frame, start, length);
    }
    stage = Stage.ENDING;
    execSent = exec;
    endsWithExec = exec;
    ending = client.replies().take();
    to.send(frame, start, length, exec ? execTarget() : new Ended(), ending, 1);
    return true;
  }

  /** Who gets the reply of a number when it is sent to another master. */
  private ReplyTarget target(int number) {
    if (opening) {
      return new Opened();
    }
    if (stage != Stage.ENDING || number != ending) {
      return client.replies();
    }
    return execSent ? execTarget() : new Ended();
  }

  private ReplyTarget execTarget() {
    return locals.isEmpty() ? client.replies() : locals;
  }

  private void keep(ByteBuf frame, int start, int length) {
    copied++;
    ByteBuf to = copy;
    if (to == null) {
      to = loop.allocator().directBuffer(Math.max(256, length));
      loop.buffers().add(to.capacity());
      copy = to;
    }
    int before = to.capacity();
    if (to.readableBytes() + length > loop.settings().clients().transactionBytesMax()) {
      tooLong = true;
    } else if (!tooLong) {
      to.writeBytes(frame, start, length);
      loop.buffers().add(to.capacity() - before);
    }
  }

  void replied(int count) {
    if (copied > 0) {
      copyAnswered += count;
    }
    boolean over =
        stage == Stage.ENDING
            && (copied == 0 ? client.replies().unanswered() <= count : copyAnswered >= copied);
    if (over) {
      Upstream done = link;
      boolean refused = endRefused;
      link = null;
      watchLost = false;
      finished();
      if (done != null) {
        use.giveBack(done, !refused);
      }
    }
  }

  private void finished() {
    clear();
    watching = false;
    use.done();
  }

  // ---- when the link breaks

  void lost(Frame request, int number, boolean sent) {
    boolean exec = stage == Stage.ENDING && number == ending;
    if (exec && execSent && !sent) {
      execSent = false; // it stayed here
    }
    if (copied > 0) {
      lostNumbers.add(number);
      return;
    }
    // Before MULTI: watches are gone, reads go out again on a shared link.
    RequestView view = loop.scratch().request().at(request.in(), request.start(), request.length());
    CommandTraits traits = view.classify(loop.classes());
    if (traits.route() == Route.TRANSACTION) {
      RespWriter ok = client.replies().writer();
      ok.ok();
      client.replies().answerWritten(number);
      return;
    }
    Upstream from = link;
    if (from != null) {
      client.lost().add(from, request, number, sent);
    }
  }

  /**
   * The server refused EXEC, or a command as it was queued: it then aborts whatever EXEC follows on
   * this link, sent already or not, so that nothing of the transaction is executed.
   */
  void refused() {
    if (stage == Stage.QUEUING || stage == Stage.ENDING) {
      execSent = false;
    }
  }

  /** Its link is closed, perhaps because what was executed lacks replicas. */
  void linkClosed(boolean unconfirmed) {
    link = null;
    boolean unwatched = stage == Stage.ENDING && copied == 0;
    watchLost |= watching && !unwatched;
    watching = false;
    if (copied == 0) {
      finished();
      return;
    }
    if (execSent && unconfirmed) {
      loop.counters().unconfirmed();
      int required = loop.commits().replicasRequired();
      giveUp(Errors.unconfirmedWrite(required, loop.settings().hold().window()));
      return;
    }
    boolean whole = !execSent || (repeatable && !watchLost);
    if (tooLong || !whole) {
      inDoubtIfSent();
      giveUp(execSent ? Errors.TRANSACTION_IN_DOUBT : Errors.TRANSACTION_LOST);
    }
  }

  private void inDoubtIfSent() {
    if (execSent) {
      loop.counters().inDoubt();
    }
  }

  /** What is open is over: those who wait for QUEUED get it, EXEC gets the error. */
  private void giveUp(String why) {
    boolean ended = stage == Stage.ENDING;
    for (int number : List.copyOf(lostNumbers)) {
      if (ended && number == ending) {
        client.replies().error(number, why);
      } else if (ended) {
        RespWriter queued = client.replies().writer();
        queued.simple(number == lostNumbers.getFirst() && copyAnswered == 0 ? "OK" : "QUEUED");
        client.replies().answerWritten(number);
      } else {
        client.replies().error(number, why);
      }
    }
    lostNumbers.clear();
    watchLost = false;
    if (ended) {
      finished();
    } else {
      clear();
      stage = Stage.LOST;
    }
  }

  /** Sends the copy to the next master; false while there is none. */
  boolean resume() {
    if (link != null || stage == Stage.LOST || copied == 0) {
      return true;
    }
    Upstream taken = use.takeLink();
    ByteBuf frames = copy;
    if (taken == null || frames == null) {
      return client.waiting().refuses() || client.waiting().on(Hold.FOR_MASTER);
    }
    link = taken;
    client.tracking().precedeAgain();
    execSent = stage == Stage.ENDING && endsWithExec;
    loop.counters().repeated();
    int[] index = {0};
    SentLog.show(
        frames,
        frames.readerIndex(),
        frames.writerIndex(),
        0,
        Integer.MAX_VALUE,
        false,
        (in, start, length, sent) -> {
          int at = index[0]++ - copyAnswered;
          if (at < 0) {
            taken.send(in, start, length, repeats, 0, 1);
          } else {
            int number = lostNumbers.get(at);
            taken.send(in, start, length, target(number), number, 1);
          }
        });
    lostNumbers.clear();
    return true;
  }

  void patienceEnded() {
    if (link == null && stage != Stage.LOST && copied > 0) {
      inDoubtIfSent();
      giveUp(
          execSent
              ? Errors.TRANSACTION_IN_DOUBT
              : Errors.noMaster(loop.settings().hold().window()));
    }
  }

  private boolean afterLoss(CommandTraits traits) {
    switch (traits.special()) {
      case EXEC -> {
        finished();
        client.replies().localError(Errors.EXEC_ABORT);
      }
      case DISCARD -> {
        finished();
        client.replies().writer().ok();
        client.replies().localReply();
      }
      default -> client.replies().localError(Errors.TRANSACTION_LOST);
    }
    return true;
  }

  void abandon() {
    Upstream mine = link;
    link = null;
    clear();
    watching = false;
    watchLost = false;
    if (mine != null) {
      mine.close("its client is gone");
    }
  }

  /** The reply to MULTI: refused, it opens nothing. */
  private final class Opened extends HandedOn {
    Opened() {
      super(client);
    }

    @Override
    public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
      super.onReplies(from, in, start, length, number, count);
      if (opening && owns(from)) {
        opening = false;
        if (isError(in, start)) {
          notOpened();
        }
        client.wake();
      }
    }
  }

  /** The reply to DISCARD or UNWATCH: refused, it leaves open what it was to end. */
  private final class Ended extends HandedOn {
    Ended() {
      super(client);
    }

    @Override
    public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
      endRefused |= isError(in, start);
      super.onReplies(from, in, start, length, number, count);
    }
  }

  private final class Repeats implements ReplyTarget {
    @Override
    public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
      // the client has them
    }

    @Override
    public void onReplyPiece(
        Upstream from, ByteBuf in, int start, int length, int number, boolean last) {
      // the client has it
    }

    @Override
    public void onRefused(Upstream from, Frame request, Frame error, int number) {
      if (owns(from)) {
        refused();
      }
      from.close("it refuses what it is asked to do again");
    }

    @Override
    public void onLost(Upstream from, Frame request, int number, boolean sent) {
      // linkClosed tells
    }
  }
}
