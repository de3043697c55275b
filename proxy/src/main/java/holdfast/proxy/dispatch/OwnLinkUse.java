package holdfast.proxy.dispatch;

import holdfast.backend.resp.RequestScanner;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.resp.ScanStatus;
import holdfast.proxy.dispatch.ReplyTarget.Frame;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Route;
import holdfast.routing.command.Special;
import holdfast.routing.plan.Plan;
import holdfast.routing.plan.Plan.Hold;
import io.netty.buffer.ByteBuf;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What one client needs a link of its own for, one thing at a time: a command that blocks, a
 * command so long that it flows through in pieces, a transaction, MONITOR. Afterwards the link is
 * given back, if nothing of the client is left on it. One loop's thread.
 */
final class OwnLinkUse {
  private enum Mode {
    NONE,
    /** One command whose reply may take long. */
    ONCE,
    /** One command that flows through in pieces. */
    LARGE,
    TRANSACTION,
    MONITOR
  }

  private final ProxyLoop loop;
  private final ClientConnection client;
  private final TransactionUse transaction;
  private final MonitorUse monitor;

  private Mode mode = Mode.NONE;

  /** Of ONCE and LARGE; null for a LARGE command whose link broke and whose rest is dropped. */
  private @Nullable Upstream link;

  private boolean streaming;

  /** Of ONCE: a client has asked that it blocks no longer. */
  private boolean unblocking;

  private int number;

  OwnLinkUse(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
    this.transaction = new TransactionUse(loop, client, this);
    this.monitor = new MonitorUse(loop, client, this);
  }

  boolean isInUse() {
    return mode != Mode.NONE;
  }

  boolean owns(Upstream other) {
    return switch (mode) {
      case NONE -> false;
      case ONCE, LARGE -> link == other;
      case TRANSACTION -> transaction.owns(other);
      case MONITOR -> monitor.owns(other);
    };
  }

  /** The transaction or MONITOR is over. */
  void done() {
    mode = Mode.NONE;
    client.wake();
  }

  /** A ready link under a lease, or null. */
  @Nullable Upstream takeLink() {
    return client.tracking().isOn() ? client.tracking().link() : takeLinkBeside();
  }

  /** The same, beside the one that the client has for tracking. */
  @Nullable Upstream takeLinkBeside() {
    return loop.leaseRuns() ? client.links().own().take(client, client.linkIndex()) : null;
  }

  /** The client is done with it for now; nothing is left open on the link if {@code clean}. */
  void giveBack(Upstream done, boolean clean) {
    if (!client.tracking().owns(done)) {
      client.links().own().giveBack(done, clean && done.index() == client.linkIndex());
    } else if (clean) {
      done.silentByNature(false);
    } else {
      done.close("what is open on it is not known");
    }
  }

  /** Whether replies that are due come soon, or none is due. */
  boolean isQuiet() {
    return client.output().pending() == 0 || mode == Mode.ONCE || streaming;
  }

  /** A transaction or MONITOR whose link broke needs another before anything else goes on. */
  boolean resume() {
    return switch (mode) {
      case NONE, ONCE, LARGE -> true;
      case TRANSACTION -> transaction.resume();
      case MONITOR -> monitor.resume();
    };
  }

  /** The next command while something is open. */
  boolean goOn(CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    switch (mode) {
      case ONCE, LARGE -> {
        return client.waiting().on(Hold.FOR_REPLIES);
      }
      case TRANSACTION -> {
        return transaction.route(traits, request, frame, start, length);
      }
      case MONITOR -> {
        return monitor.route(traits, request);
      }
      case NONE -> throw new IllegalStateException("nothing is open");
    }
    throw new IllegalStateException("mode " + mode);
  }

  /** Whether something may come to it that it did not just ask for. */
  boolean isListening() {
    return mode == Mode.MONITOR;
  }

  boolean isInTransaction() {
    return mode == Mode.TRANSACTION;
  }

  /** Whether an answer is due that has no number: nothing may be answered before it. */
  boolean isAwaiting() {
    return switch (mode) {
      case TRANSACTION -> transaction.isEnding();
      case NONE, ONCE, LARGE, MONITOR -> false;
    };
  }

  /** A command was answered with an error before it was looked at. */
  void misused() {
    if (mode == Mode.TRANSACTION) {
      transaction.misused();
    }
  }

  /** EXEC, UNSUBSCRIBE and the like, without anything to end. */
  boolean nothingOpen(CommandTraits traits, RequestView request) {
    if (traits.route() == Route.TRANSACTION) {
      transaction.nothingOpen(traits.special());
    } else {
      client.subscriptions().nothingOpen(traits, request);
    }
    return true;
  }

  /** WATCH or MULTI begins something on a link that was taken. */
  boolean transaction(
      Upstream taken,
      CommandTraits traits,
      RequestView request,
      ByteBuf frame,
      int start,
      int length) {
    mode = Mode.TRANSACTION;
    transaction.begin(taken);
    return transaction.route(traits, request, frame, start, length);
  }

  /** MONITOR on a link that was taken. */
  boolean monitor(Upstream taken, ByteBuf frame, int start, int length) {
    mode = Mode.MONITOR;
    monitor.begin(taken, frame, start, length);
    return true;
  }

  /** One command on a link that was taken for it; it is under way then. */
  boolean once(
      Upstream taken, CommandTraits traits, ByteBuf frame, int start, int length, int itsNumber) {
    mode = Mode.ONCE;
    unblocking = false;
    link = taken;
    taken.silentByNature(true);
    number = itsNumber;
    loop.logins().own(client.linkIndex()); // from here on it may be wanted for UNBLOCK
    if (traits.special() == Special.WAIT) {
      // WAIT counts from the last write of its own connection; any command moves that on to all
      // that the master has executed, the client's writes on shared links included. HELLO is one
      // that no user lacks the right to.
      ByteBuf ping = loop.scratch().reply();
      RespWriter writer = loop.scratch().writer(2);
      writer.command("HELLO");
      taken.send(ping, 0, ping.readableBytes(), Swallow.REPLIES, 0, 1);
    }
    taken.send(frame, start, length, client.replies(), number, 1);
    return true;
  }

  /**
   * CLIENT UNBLOCK: asks the server to end what blocks, on a link of the proxy's own.
   *
   * @param reason TIMEOUT or ERROR
   * @param answer gets 1, or 0 if nothing blocks
   */
  void unblock(String reason, LongConsumer answer) {
    Upstream blocked = link;
    LinkIdentity who = blocked == null ? null : blocked.identity();
    Upstream shared = loop.logins().own(client.linkIndex());
    if (mode != Mode.ONCE || who == null || shared == null) {
      answer.accept(0);
      return;
    }
    unblocking = true;
    RespWriter writer = loop.scratch().writer(2);
    writer.command("CLIENT", "UNBLOCK", Long.toString(who.clientId()), reason);
    ByteBuf out = loop.scratch().reply();
    shared.send(out, 0, out.readableBytes(), new Unblock(answer), 0, 1);
  }

  /** Whether -UNBLOCKED on this link is what a client has asked for, and no switch. */
  boolean isUnblocked(Upstream from) {
    return unblocking && mode == Mode.ONCE && link == from;
  }

  /** Replies have come for the client. */
  void replied(Upstream from, int count) {
    if (mode == Mode.NONE || !owns(from)) {
      return;
    }
    switch (mode) {
      case ONCE -> giveBack();
      case LARGE -> {
        if (!streaming) {
          giveBack();
        }
      }
      case TRANSACTION -> transaction.replied(count);
      case MONITOR, NONE -> {
        // nothing to note
      }
    }
  }

  private void giveBack() {
    Upstream done = link;
    link = null;
    mode = Mode.NONE;
    if (done != null) {
      giveBack(done, true);
    }
  }

  /** The server refused a command on the client's own link; true if that is dealt with. */
  boolean refused(Upstream from) {
    if (mode == Mode.NONE || !owns(from)) {
      return false;
    }
    if (mode == Mode.ONCE) {
      // The command goes out again later, on another link.
      link = null;
      mode = Mode.NONE;
      return false;
    }
    if (mode == Mode.TRANSACTION) {
      transaction.refused();
    }
    from.close("it refuses: the state of the server has changed");
    return true;
  }

  void lost(Upstream from, Frame request, int lostNumber, boolean sent) {
    switch (mode) {
      case TRANSACTION -> transaction.lost(request, lostNumber, sent);
      case LARGE -> {
        link = null;
        if (streaming) {
          client.replies().error(lostNumber, Errors.NOT_SENT_IN_FULL);
        } else {
          client.lost().add(from, request, lostNumber, sent);
        }
        if (!streaming) {
          mode = Mode.NONE;
        }
      }
      case ONCE -> {
        link = null;
        mode = Mode.NONE;
        client.lost().add(from, request, lostNumber, sent);
      }
      case MONITOR, NONE -> client.lost().add(from, request, lostNumber, sent);
    }
  }

  /** The client's own link is closed; what was under way on it has been told. */
  void linkClosed(Upstream closed) {
    if (mode == Mode.NONE || !owns(closed)) {
      return;
    }
    switch (mode) {
      case TRANSACTION -> transaction.linkClosed(closed.isUnconfirmed());
      case MONITOR -> monitor.linkClosed();
      case ONCE, LARGE -> {
        link = null;
        if (!streaming) {
          mode = Mode.NONE;
        }
      }
      case NONE -> {
        // not ours
      }
    }
    client.wake();
  }

  void patienceEnded() {
    if (mode == Mode.TRANSACTION) {
      transaction.patienceEnded();
    } else if (mode == Mode.MONITOR && monitor.isBroken()) {
      // Silence would look like a server to which nobody sends anything.
      client.close();
    }
  }

  void clientClosed() {
    Mode was = mode;
    mode = Mode.NONE;
    Upstream mine = link;
    link = null;
    if (mine != null) {
      mine.close("its client is gone");
    }
    if (was == Mode.TRANSACTION) {
      transaction.abandon();
    } else if (was == Mode.MONITOR) {
      monitor.abandon();
    }
  }

  /** RESET: nothing of what the client had going remains. */
  void reset() {
    client.tracking().drop("its client has reset it");
    clientClosed();
  }

  // ---- commands in pieces

  boolean isStreaming() {
    return streaming;
  }

  /** Whether the command that has begun to come is too long to be gathered. */
  boolean wantsStreaming(RequestScanner scanner, ByteBuf in, int at) {
    return mode == Mode.NONE
        && !client.subscriptions().isActive()
        && scanner.inPayload()
        && scanner.argumentCount() > 0
        && (long) in.writerIndex() - at + scanner.missingBytes()
            > loop.settings().clients().streamBytes();
  }

  /** True if it flows from here on; else it waits, or is gathered after all. */
  boolean beginStreaming(RequestScanner scanner, ByteBuf in, int at) {
    if (!client.session().authenticated()) {
      return false;
    }
    RequestView request = loop.scratch().request().at(in, at, scanner);
    CommandTraits traits = request.classify(loop.classes());
    if ((traits.route() != Route.MASTER && traits.route() != Route.ANY_NODE)
        || traits.special() == Special.SCAN) {
      return false; // a cursor must be looked at
    }
    Upstream taken = null;
    switch (client.commands().planAlone(traits)) {
      case Plan.ToMaster _ -> {
        taken = client.commands().ownLink();
        client.tracking().precede();
        number = client.replies().take();
        taken.begin(client.replies(), number);
        // The client may take its time, and so may all the bytes on their way.
        taken.silentByNature(true);
      }
      case Hold hold -> {
        return client.waiting().on(hold);
      }
      case Plan.Reject why -> client.waiting().rejected(why); // and its rest is dropped
      case Plan.ToReplica _, Plan.ToOpen _, Plan.Answer _ ->
          throw new IllegalStateException("not for a command on a link of its own");
    }
    link = taken;
    mode = Mode.LARGE;
    streaming = true;
    return true;
  }

  /** Sends on what has come of the command. */
  void streamRequest(RequestScanner scanner, ByteBuf in) {
    int at = in.readerIndex();
    ScanStatus status = scanner.scan(in, at, in.writerIndex());
    int bytes =
        switch (status) {
          case COMPLETE -> scanner.length();
          case INCOMPLETE -> scanner.settledBytes();
          case INVALID -> 0;
        };
    Upstream to = link;
    if (bytes > 0) {
      if (to != null) {
        to.sendPiece(in.retainedSlice(at, bytes));
      }
      in.skipBytes(bytes);
    }
    switch (status) {
      case COMPLETE -> {
        streaming = false;
        if (link == null) {
          mode = Mode.NONE;
        }
      }
      case INCOMPLETE -> scanner.taken(bytes);
      case INVALID -> {
        streaming = false;
        if (to != null) {
          to.close("its client broke the protocol");
        }
      }
    }
  }

  /** Whether the client may be read from: not while its long command is stuck on its way. */
  boolean takesMore() {
    Upstream to = link;
    if (streaming && to != null && !to.isWritable()) {
      loop.awaitRoom(client);
      return false;
    }
    return true;
  }
}
