package holdfast.proxy.session;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that may be on their way to somebody at a time. Any thread. */
public final class ByteBudget {
  private final long bytesMax;
  private final AtomicLong taken = new AtomicLong();

  /** Nothing is on its way. */
  public ByteBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Takes so many; false, and none is taken, if there are not so many. */
  public boolean take(int bytes) {
    if (taken.addAndGet(bytes) <= bytesMax) {
      return true;
    }
    taken.addAndGet(-bytes);
    return false;
  }

  /** So many have arrived. */
  public void giveBack(int bytes) {
    taken.addAndGet(-bytes);
  }
}
