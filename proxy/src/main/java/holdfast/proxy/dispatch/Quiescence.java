package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
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
 * like any command whose link is lost. Subscriptions owe no reply.
 *
 * <p>The error is certain only while nobody has paused writes there: redis-server 7.0.15 answers
 * UNBLOCKED to a BLPOP that CLIENT PAUSE holds back, and executes it all the same when the pause is
 * over. So a PUBLISH goes first, which a pause holds back as well. One loop's thread.
 */
final class Quiescence {
  private static final long LOOK_MILLIS = 5;
  private static final int CALLS_MAX = 1_000;

  private final ProxyLoop loop;
  private final Set<Upstream> notWaitedFor = new HashSet<>();
  private @Nullable Tenure leaving;
  private Runnable whenQuiet = () -> {};

  /** Over which commands are called off; those in use wait for what they sent. */
  private @Nullable Upstream over;

  private boolean writesGoThrough;

  Quiescence(ProxyLoop loop) {
    this.loop = loop;
  }

  void begin(Tenure tenure, Runnable then) {
    end();
    leaving = tenure;
    whenQuiet = then;
    notWaitedFor.clear();
    look();
    lookAgain();
  }

  /** Called after each pass. */
  void look() {
    Tenure of = leaving;
    if (of != null && isQuiet(of)) {
      end();
      whenQuiet.run();
    }
  }

  private void end() {
    leaving = null;
    writesGoThrough = false;
    Upstream link = over;
    over = null;
    if (link != null) {
      link.closeWhenAnswered();
    }
  }

  /**
   * Looks, and calls off whatever still waits: a command that reached the server after it was
   * called off the first time waits there all the same.
   */
  private void lookAgain() {
    look();
    Tenure of = leaving;
    if (of == null) {
      return;
    }
    callOff(of);
    loop.schedule(this::lookAgain, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private boolean isQuiet(Tenure of) {
    for (Upstream link : loop.logins().sharedLinks()) {
      if (link.tenure() == of && link.owes()) {
        return false;
      }
    }
    for (Upstream link : loop.logins().ownLinks()) {
      if (mayBeBlocked(of, link)) {
        return false;
      }
    }
    return true;
  }

  private boolean mayBeBlocked(Tenure of, Upstream link) {
    return link.tenure() == of && link.owes() && !notWaitedFor.contains(link);
  }

  private void callOff(Tenure of) {
    Upstream link = over;
    for (Upstream blocked : loop.logins().ownLinks()) {
      if (!mayBeBlocked(of, blocked)) {
        continue;
      }
      LinkIdentity who = blocked.identity();
      if (link == null) {
        over = connect(of);
        return;
      }
      if (who == null || who.clientId() < 0 || link.isClosed()) {
        notWaitedFor.add(blocked);
      } else if (writesGoThrough && link.inFlight() < CALLS_MAX) {
        ask(link, new CalledOff(blocked), "CLIENT", "UNBLOCK", "" + who.clientId(), "ERROR");
      }
    }
  }

  private @Nullable Upstream connect(Tenure of) {
    NodeAddress master = loop.view().master();
    return master == null
        ? null
        : loop.connectUnconfirmed( // what is asked on it shows no data
            master,
            of,
            new Upstream.Listener() {
              @Override
              public void onReady(Upstream ready) {
                ask(ready, new WriteWentThrough(), "PUBLISH", "__holdfast__", "here");
              }

              @Override
              public void onClosed(Upstream closed, String reason) {
                // What still waits is then not waited for.
              }
            });
  }

  private void ask(Upstream link, ReplyTarget target, String... command) {
    loop.scratch().writer(2).command(command);
    ByteBuf out = loop.scratch().reply();
    link.send(out, 0, out.readableBytes(), target, 0, 1);
  }

  private abstract static class Answer implements ReplyTarget {
    abstract void on(boolean number);

    @Override
    public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
      on(in.getByte(start) == ':');
    }

    @Override
    public void onReplyPiece(
        Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
      on(false);
    }

    @Override
    public void onRefused(Upstream link, Frame request, Frame error, int number) {
      on(false);
    }

    @Override
    public void onLost(Upstream link, Frame request, int number, boolean sent) {
      on(false);
    }
  }

  /** Those that wait, wait for data, and can be called off. */
  private final class WriteWentThrough extends Answer {
    @Override
    void on(boolean number) {
      writesGoThrough = number;
      Upstream link = over;
      if (!number && link != null) {
        link.close("it does not let us call commands off");
      }
    }
  }

  /** 1: it was blocked; 0: it was not, and its reply is on its way, or it has yet to get there. */
  private final class CalledOff extends Answer {
    private final Upstream blocked;

    CalledOff(Upstream blocked) {
      this.blocked = blocked;
    }

    @Override
    void on(boolean number) {
      if (!number) {
        notWaitedFor.add(blocked);
      }
    }
  }
}
