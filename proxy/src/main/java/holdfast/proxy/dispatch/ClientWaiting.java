package holdfast.proxy.dispatch;

import holdfast.proxy.hold.Patience;
import holdfast.routing.plan.Plan.Hold;
import holdfast.routing.plan.Plan.Reject;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a client's next command waits for, and for how long: for a master, or replicas to confirm
 * it, until the hold window ends; for replies and room as long as it takes. One loop's thread.
 */
final class ClientWaiting {
  private final ProxyLoop loop;
  private final ClientConnection client;

  /** Null if the next command need not wait. */
  private @Nullable Hold what;

  /** Of whom it waits for room; null if that is not known. */
  private @Nullable Upstream full;

  private final Patience patience = new Patience();

  /** Patience has ended: what would be held is answered with an error. */
  private boolean refusing;

  ClientWaiting(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  boolean isOver() {
    return what == null;
  }

  boolean isForReplies() {
    return what == Hold.FOR_REPLIES;
  }

  boolean isForRoom() {
    return what == Hold.FOR_ROOM;
  }

  /** Whether it waits with limited patience. */
  boolean isHeld() {
    return what == Hold.FOR_MASTER || what == Hold.FOR_REPLICAS || isForReplica();
  }

  /** Whether a replica that is fit for a read could end it. */
  boolean isForReplica() {
    return what == Hold.FOR_NODE || what == Hold.FOR_FIT_REPLICA;
  }

  /** The next command is tried again. */
  void over() {
    what = null;
    full = null;
  }

  /** The next command waits; always false: it was not taken. */
  boolean on(Hold hold) {
    what = hold;
    return false;
  }

  /** Waits for a link to take commands again; false as above. */
  boolean onRoomOf(@Nullable Upstream link) {
    full = link;
    return on(Hold.FOR_ROOM);
  }

  /** False if it waits for room that is not there: then the link tells when it is. */
  boolean mayHaveRoom() {
    return full == null || !full.isReady() || full.hasRoom();
  }

  /** Waits, or if patience has ended is answered with an error. */
  boolean onMaster() {
    return refusing ? rejected(Reject.NO_MASTER) : on(Hold.FOR_MASTER);
  }

  /** A write waits until there are replicas to confirm it, or is answered with an error. */
  boolean onReplicas() {
    return refusing ? rejected(Reject.TOO_FEW_REPLICAS) : on(Hold.FOR_REPLICAS);
  }

  boolean refuses() {
    return refusing;
  }

  /** Answers the command being looked at with an error; always true: it was taken. */
  boolean rejected(Reject why) {
    Duration window = loop.settings().hold().window();
    switch (why) {
      case NOT_LOGGED_IN -> client.replies().localError(Errors.NO_AUTH);
      case NO_MASTER -> {
        loop.counters().refusedAfterHold();
        client.replies().localError(Errors.noMaster(window));
      }
      case NO_REPLICA -> {
        loop.counters().refusedRead();
        client.replies().localError(refusing ? Errors.noReplica(window) : Errors.NO_REPLICA);
      }
      case TOO_FEW_REPLICAS -> {
        loop.counters().refusedForReplicas();
        int required = loop.commits().replicasRequired();
        client.replies().localError(Errors.tooFewReplicas(required, window));
      }
      case NOT_AVAILABLE -> throw new IllegalArgumentException("the command's class says why");
    }
    return true;
  }

  /** The client got as far as it could: it is held, listed for room, or neither. */
  void settle() {
    switch (what) {
      case FOR_MASTER, FOR_REPLICAS, FOR_NODE -> hold(true);
      case FOR_FIT_REPLICA -> hold(false);
      case FOR_ROOM -> {
        gotOn();
        loop.awaitRoom(client);
      }
      case FOR_REPLIES -> gotOn();
      case null -> gotOn();
    }
  }

  private void gotOn() {
    loop.unhold(client);
    if (patience.isWaiting()) {
      patience.gotOn(loop.nowNanos());
    }
  }

  private void hold(boolean wantsMaster) {
    long sinceNanos = patience.waits(loop.nowNanos());
    long bytes = client.lost().bytes() + client.input().size();
    if (!loop.hold(client, bytes, sinceNanos, wantsMaster)) {
      patienceEnded();
    }
  }

  /** The hold window is over: everything that waits here is answered with an error. */
  void patienceEnded() {
    if (client.isClosed()) {
      return;
    }
    patience.ended();
    client.use().patienceEnded();
    client.tracking().patienceEnded();
    client.subscriptions().patienceEnded();
    refusing = true;
    try {
      client.lost().refuseAll();
      client.proceed();
    } finally {
      refusing = false;
    }
  }

  /** A backend has answered: patience begins anew. */
  void answered() {
    patience.ended();
  }

  /** Replies were written: goes on if that is what was waited for. */
  void repliesWritten() {
    if (what == null) {
      return;
    }
    boolean on =
        switch (what) {
          case FOR_REPLIES -> client.replies().unanswered() == 0;
          case FOR_ROOM ->
              client.output().pending() <= loop.settings().hold().clientCommandsMax() / 2;
          case FOR_MASTER, FOR_REPLICAS, FOR_NODE, FOR_FIT_REPLICA -> false;
        };
    if (on) {
      client.wake();
    }
  }
}
