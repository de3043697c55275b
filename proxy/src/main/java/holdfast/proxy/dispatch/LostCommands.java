package holdfast.proxy.dispatch;

import holdfast.proxy.dispatch.AgainQueue.Again;
import holdfast.proxy.dispatch.ReplyTarget.Frame;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.plan.Plan.Hold;
import java.time.Duration;

/**
 * One client's commands that were sent and got no reply to hand on: refused by a server that is no
 * master any more, lost with their link, or answered and not confirmed. Each goes out again if that
 * is safe (PROTOCOL.md, "In-doubt commands"), else it is answered with an error that says what is
 * known of it. One loop's thread.
 */
final class LostCommands {
  private final ProxyLoop loop;
  private final ClientConnection client;
  private final AgainQueue again;

  LostCommands(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
    this.again = new AgainQueue(loop);
  }

  /** Whether none waits to go out again. */
  boolean isEmpty() {
    return again.isEmpty();
  }

  /** How many wait to go out again. */
  int size() {
    return again.size();
  }

  /** Bytes of all of them. */
  long bytes() {
    return again.bytes();
  }

  /** Drops all. */
  void clear() {
    again.clear();
  }

  // ---- what happened

  void onRefused(Upstream link, Frame request, Frame error, int number) {
    if (Errors.is(error, Errors.NO_SCRIPT)) {
      if (!loop.scripts().again(client, link, request, number)) {
        client.replies().onReplies(link, error.in(), error.start(), error.length(), number, 1);
      }
      return;
    }
    RequestView view = view(request);
    CommandTraits traits = view.classify(loop.classes());
    if (!(loop.recorder().isOn() && view.is(0, "holdfast.once"))
        && !Errors.waitsOut(error, traits, loop.settings().singleBackend())) {
      client.replies().onReplies(link, error.in(), error.start(), error.length(), number, 1);
      return;
    }
    if (client.use().refused(link)) {
      return;
    }
    again.add(number, request, false);
    loop.refusedBy(link);
    goOn();
  }

  void onLost(Upstream link, Frame request, int number, boolean sent) {
    if (!client.output().dropPart(number)) {
      client.close(); // half of the reply is out: only a closed connection tells it so
    } else if (client.use().owns(link)) {
      client.use().lost(link, request, number, sent);
    } else {
      add(link, request, number, sent);
    }
  }

  void onUnconfirmed(Frame request, int number) {
    boolean reads = request.length() > 0 && view(request).classify(loop.classes()).changesNothing();
    unconfirmed(number, reads);
  }

  /** Answers a command that was executed and that too few replicas have. */
  void unconfirmed(int number, boolean reads) {
    client.waiting().answered();
    loop.counters().unconfirmed();
    int required = loop.commits().replicasRequired();
    Duration window = loop.settings().hold().window();
    String text =
        reads
            ? Errors.unconfirmedRead(required, window)
            : Errors.unconfirmedWrite(required, window);
    client.replies().error(number, text);
  }

  /** The command goes out again, or is answered with an error. */
  void add(Upstream link, Frame request, int number, boolean sent) {
    if (link.isUnconfirmed() && sent) {
      onUnconfirmed(request, number); // to repeat it would not bring the replicas back
      return;
    }
    if (request.length() == 0) {
      client.replies().error(number, Errors.IN_DOUBT);
      return;
    }
    RequestView view = view(request);
    CommandTraits traits = view.classify(loop.classes());
    if (sent && loop.recorder().isOn() && OnceFrame.is(view)) {
      again.add(number, request, true);
      goOn();
      return;
    }
    boolean harmless = !sent || traits.changesNothing();
    LinkIdentity who = link.identity();
    if (harmless) {
      again.add(number, request, false);
    } else if (traits.mayRepeat(loop.settings().inDoubt(), view)
        && who != null
        && loop.doubts().add(who)) {
      loop.logins().closeIdleOwnLinks("links to the same server must be killed first");
      again.add(number, request, true);
    } else {
      loop.counters().inDoubt();
      client.replies().error(number, Errors.IN_DOUBT);
    }
    if (!again.isEmpty()) {
      goOn();
    }
  }

  private RequestView view(Frame request) {
    return loop.scratch().request().at(request.in(), request.start(), request.length());
  }

  private void goOn() {
    client.waiting().on(Hold.FOR_MASTER);
    client.wake();
  }

  // ---- what becomes of those that may go out again

  /** Sends them as far as it gets. */
  void sendAgain() {
    for (Again next = again.first(); next != null && client.waiting().isOver(); ) {
      if (!client.commands().sendAgain(next.frame(), next.number())) {
        return;
      }
      client.commands().flushRun();
      again.removeFirst();
      loop.counters().repeated();
      next = again.first();
    }
  }

  /** The hold window is over: they are answered with an error. */
  void refuseAll() {
    for (Again each = again.first(); each != null; each = again.first()) {
      again.removeFirst();
      loop.counters().refusedAfterHold();
      String text =
          each.mayHaveRun() ? Errors.IN_DOUBT : Errors.neverRun(loop.settings().hold().window());
      client.replies().error(each.number(), text);
    }
  }

  /** What may have run cannot be repeated after all. */
  void dropDoubtful() {
    for (int number : again.removeDoubtful()) {
      loop.counters().inDoubt();
      client.replies().error(number, Errors.IN_DOUBT);
    }
  }
}
