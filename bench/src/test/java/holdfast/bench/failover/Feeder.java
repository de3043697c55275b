package holdfast.bench.failover;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Pushes a number onto a list some time after somebody began to block for it. */
final class Feeder implements AutoCloseable {
  private static final long BLOCKED_MILLIS = 20;
  private static final int ATTEMPTS = 15;

  /** Adds to a list. */
  interface Push {
    void push(String key, String value);
  }

  /** Blocks for a second at most; null if there was nothing. */
  interface Pop {
    String pop(String key) throws Exception;
  }

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
  private final Push push;

  Feeder(Push push) {
    this.push = push;
  }

  /** What was popped: this number, or one whose push was not acknowledged before. */
  long feed(String key, long number, Pop pop) throws Exception {
    Future<?> pushed =
        thread.submit(
            () -> {
              TimeUnit.MILLISECONDS.sleep(BLOCKED_MILLIS);
              push.push(key, Long.toString(number));
              return null;
            });
    String popped = null;
    for (int i = 0; popped == null && i < ATTEMPTS && !hasFailed(pushed); i++) {
      popped = pop.pop(key);
    }
    try {
      pushed.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
    if (popped == null) {
      throw new IllegalStateException("what was pushed was not popped");
    }
    return Long.parseLong(popped);
  }

  private static boolean hasFailed(Future<?> pushed) {
    return pushed.state() == Future.State.FAILED;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
