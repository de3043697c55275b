package holdfast.proxy.cli;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process has started, ended in reverse order once: by SIGTERM or Ctrl-C (a shutdown
 * hook), by the end of standard input where that was asked for, or by {@link #close}. Any thread.
 */
final class Lifetime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lifetime.class);

  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private boolean closed;

  Lifetime() {
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(this::close));
  }

  /** Ends {@code part} when this ends; at once if it has ended. */
  <T extends AutoCloseable> T add(T part) {
    synchronized (this) {
      if (!closed) {
        started.push(part);
        return part;
      }
    }
    end(part);
    throw new IllegalStateException("already shutting down");
  }

  /** Also ends when standard input does: a child that must not outlive its parent. */
  void endWithInput() {
    Thread.ofPlatform()
        .name("input")
        .daemon()
        .start(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // What it says means nothing; that it ends does.
                }
              } catch (IOException e) {
                LOG.debug("standard input", e);
              }
              close();
            });
  }

  /** Waits until it has ended. */
  void await() throws InterruptedException {
    ended.await();
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    // Not under the lock: what is still starting must not wait for what is ending.
    for (AutoCloseable part = next(); part != null; part = next()) {
      end(part);
    }
    ended.countDown();
  }

  private synchronized @Nullable AutoCloseable next() {
    return started.poll();
  }

  private static void end(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) { // whatever it was, the others must end too
      LOG.warn("while ending {}", part, e);
    }
  }
}
