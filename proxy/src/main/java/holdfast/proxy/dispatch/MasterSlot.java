package holdfast.proxy.dispatch;

import holdfast.routing.plan.View;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The place of the shared link to the master for one database and protocol: opens it when it is
 * first needed, and again, with growing pauses, when it breaks.
 */
final class MasterSlot implements Upstream.Listener {
  private static final long PAUSE_MILLIS_MIN = 10;
  private static final long PAUSE_MILLIS_MAX = 500;

  private final ProxyLoop loop;
  private final int index;
  private final LinkTrouble trouble;
  private @Nullable Upstream link;
  private boolean wanted;
  private boolean retryScheduled;
  private long pauseMillis = PAUSE_MILLIS_MIN;

  /** Of the present master: a pause that began before him is not waited for. */
  private int generation;

  MasterSlot(ProxyLoop loop, int index) {
    this.loop = loop;
    this.index = index;
    this.trouble = new LinkTrouble(loop.logger(), "link to master");
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

  /** The link's server refuses: a new one asks it again who it is. */
  void suspect(Upstream suspected, String reason) {
    if (link == suspected) {
      suspected.close(reason);
    }
  }

  private void open() {
    View view = loop.view();
    if (link != null || retryScheduled || view.master() == null || loop.isClosing()) {
      return;
    }
    if (loop.isDraining()) {
      return; // he is about to be replaced
    }
    link = loop.connect(view.master(), view.tenure(), index, this);
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
