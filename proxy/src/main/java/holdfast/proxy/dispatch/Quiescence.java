package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.routing.plan.Tenure;
import io.netty.buffer.ByteBuf;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits, before a planned switchover, until no command to the leaving master is under way on this
 * loop. From {@link #begin} on nothing more is sent to it ({@link ProxyLoop#leaseRuns}), so what is
 * seen quiet once stays so.
 *
 * <p>Commands that block (BLPOP, WAIT) may take for ever, so they are called off with CLIENT
 * UNBLOCK: their error says for certain that nothing was executed, and they go out again at the
 * next master. If the server does not allow that they are not waited for, and are then in doubt
 * like any command whose link is lost. Subscriptions owe no reply. One loop's thread.
 */
final class Quiescence {
  private static final long LOOK_MILLIS = 5;

  private final ProxyLoop loop;
  private final Set<Upstream> notWaitedFor = new HashSet<>();
  private @Nullable Tenure leaving;
  private Runnable whenQuiet = () -> {};

  Quiescence(ProxyLoop loop) {
    this.loop = loop;
  }

  void begin(Tenure tenure, Runnable then) {
    leaving = tenure;
    whenQuiet = then;
    notWaitedFor.clear();
    callOff();
    look();
    lookAgain();
  }

  /** Called after each pass. */
  void look() {
    Tenure of = leaving;
    if (of != null && isQuiet(of)) {
      leaving = null;
      whenQuiet.run();
    }
  }

  private void lookAgain() {
    if (leaving != null) {
      loop.schedule(
          () -> {
            look();
            lookAgain();
          },
          LOOK_MILLIS,
          TimeUnit.MILLISECONDS);
    }
  }

  private boolean isQuiet(Tenure of) {
    for (Upstream link : loop.sharedLinks()) {
      if (link.tenure() == of && link.owes()) {
        return false;
      }
    }
    for (Upstream link : loop.own().links()) {
      if (link.tenure() == of && link.owes() && !notWaitedFor.contains(link)) {
        return false;
      }
    }
    return true;
  }

  /** On a link of its own: those in use wait for what they sent. */
  private void callOff() {
    var owing = new HashSet<Upstream>();
    for (Upstream link : loop.own().links()) {
      LinkIdentity who = link.identity();
      if (link.tenure() == leaving && link.owes() && who != null && who.clientId() >= 0) {
        owing.add(link);
      }
    }
    Tenure of = leaving;
    var master = loop.view().master();
    if (owing.isEmpty() || master == null || of == null) {
      return;
    }
    loop.connect(
        master,
        of,
        ProxyLoop.linkIndex(0, 2),
        new Upstream.Listener() {
          @Override
          public void onReady(Upstream ready) {
            owing.forEach(link -> callOff(ready, link));
            ready.closeWhenAnswered();
          }

          @Override
          public void onClosed(Upstream closed, String reason) {
            // Each question still open has been told.
          }
        });
  }

  private void callOff(Upstream over, Upstream blocked) {
    LinkIdentity who = blocked.identity();
    if (who == null || !blocked.owes()) {
      return;
    }
    RespWriter writer = loop.scratch().writer(2);
    writer.command("CLIENT", "UNBLOCK", Long.toString(who.clientId()), "ERROR");
    ByteBuf out = loop.scratch().reply();
    over.send(out, 0, out.readableBytes(), new CalledOff(blocked), 0, 1);
  }

  /** 1: it was blocked, 0: it was not, and its reply is on its way. */
  private final class CalledOff implements ReplyTarget {
    private final Upstream blocked;

    CalledOff(Upstream blocked) {
      this.blocked = blocked;
    }

    @Override
    public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
      if (in.getByte(start) != ':') {
        notWaitedFor.add(blocked);
      }
    }

    @Override
    public void onReplyPiece(
        Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
      notWaitedFor.add(blocked);
    }

    @Override
    public void onRefused(Upstream link, Frame request, Frame error, int number) {
      notWaitedFor.add(blocked);
    }

    @Override
    public void onLost(Upstream link, Frame request, int number, boolean sent) {
      notWaitedFor.add(blocked);
    }
  }
}
