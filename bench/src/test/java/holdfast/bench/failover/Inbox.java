package holdfast.bench.failover;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The messages of one subscriber, which are numbers that grow. Any thread. */
final class Inbox {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private long last;
  private long missed;
  private long again;

  /** A message has come. */
  void message(String text) {
    lock.lock();
    try {
      long number = Long.parseLong(text);
      if (number <= last) {
        again++;
      }
      last = number;
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for what was published, and counts it as missed if it does not come within a second. */
  void expect(long number) throws InterruptedException {
    lock.lock();
    try {
      long left = PATIENCE_NANOS;
      while (last < number && left > 0) {
        left = arrived.awaitNanos(left);
      }
      if (last < number) {
        missed++;
      }
    } finally {
      lock.unlock();
    }
  }

  long missed() {
    lock.lock();
    try {
      return missed;
    } finally {
      lock.unlock();
    }
  }

  /** Those that came again, or behind a later one. */
  long again() {
    lock.lock();
    try {
      return again;
    } finally {
      lock.unlock();
    }
  }
}
