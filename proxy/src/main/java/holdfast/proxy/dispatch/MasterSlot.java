package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.routing.plan.Tenure;
import holdfast.routing.plan.View;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The place of a link to the master that many share: opens it when it is first needed, and again,
 * with growing pauses, when it breaks. One loop's thread.
 */
final class MasterSlot implements Upstream.Listener {
  /** How the link is opened. */
  interface Opening {
    /** It is being connected when this returns. */
    Upstream open(NodeAddress master, Tenure tenure, Upstream.Listener listener);
  }

  private static final long PAUSE_MILLIS_MIN = 10;
  private static final long PAUSE_MILLIS_MAX = 500;

  private final ProxyLoop loop;
  private final Opening opening;
  private final LinkTrouble trouble;
  private @Nullable Upstream link;
  private boolean wanted;
  private boolean closed;
  private boolean retryScheduled;
  private long pauseMillis = PAUSE_MILLIS_MIN;

  /** Of the present master: a pause that began before him is not waited for. */
  private int generation;

  MasterSlot(ProxyLoop loop, String what, Opening opening) {
    this.loop = loop;
    this.opening = opening;
    this.trouble = new LinkTrouble(loop.logger(), what);
  }

  /** The link if it takes commands, else null: it is then being opened as far as possible. */
  @Nullable Upstream ready() {
    Upstream current = link;
    if (current != null && current.isReady()) {
      return current;
    }
    wanted = true;
    open();
    return null;
  }

  @Nullable Upstream link() {
    return link;
  }

  /** Somebody else is master, or in another epoch. */
  void viewChanged(String reason) {
    pauseMillis = PAUSE_MILLIS_MIN;
    retryScheduled = false;
    generation++;
    Upstream old = link;
    link = null;
    if (old != null) {
      old.close(reason);
    }
    if (wanted) {
      open();
    }
  }

  /** Not needed any more. */
  void close(String reason) {
    closed = true;
    Upstream old = link;
    link = null;
    if (old != null) {
      old.close(reason);
    }
  }

  private void open() {
    View view = loop.view();
    if (link != null || retryScheduled || closed || view.master() == null || loop.isClosing()) {
      return;
    }
    if (loop.isDraining()) {
      return; // he is about to be replaced
    }
    link = opening.open(view.master(), view.tenure(), this);
  }

  @Override
  public void onReady(Upstream ready) {
    pauseMillis = PAUSE_MILLIS_MIN;
    trouble.over();
    loop.masterReady();
  }

  @Override
  public void onClosed(Upstream closed, String reason) {
    if (link != closed) {
      return;
    }
    link = null;
    trouble.failed(closed.address(), reason);
    loop.trouble(closed.address());
    if (loop.isClosing()) {
      return;
    }
    retryScheduled = true;
    int of = generation;
    long jitter = ThreadLocalRandom.current().nextLong(pauseMillis / 4 + 1);
    loop.schedule(
        () -> {
          if (of == generation) {
            retryScheduled = false;
            open();
          }
        },
        pauseMillis + jitter,
        TimeUnit.MILLISECONDS);
    pauseMillis = Math.min(PAUSE_MILLIS_MAX, pauseMillis * 2);
  }

  @Override
  public void onRoom(Upstream free) {
    loop.roomAgain();
  }

  @Override
  public void onUnconfirmed(Upstream waiting) {
    waiting.dropUnconfirmed();
  }
}
