package holdfast.backend.link;

import holdfast.backend.resp.RespValue;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a link to a backend: whenever it ends, or does not come about, another attempt follows
 * after a {@link Backoff}. Attempts count as failed until a link has lasted for the longest wait,
 * so that a backend that lets us in and throws us out is not asked in a tight loop.
 *
 * <p>All on one event loop; {@link #start}, {@link #close}, {@link #link} and {@link #lastFailure}
 * may be called from any thread.
 */
public final class ReconnectingLink implements AutoCloseable {
  private final EventLoops loops;
  private final EventLoop loop;
  private final Backoff backoff;
  private final Ticker ticker;
  private final RandomGenerator random;
  private final LinkListener listener;

  private LinkSettings settings;
  private @Nullable Link opened;
  private volatile @Nullable Link ready;
  private volatile @Nullable LinkFailure lastFailure;
  private @Nullable ScheduledFuture<?> attempt;
  private int failures;
  private long readySinceNanos;
  private boolean running;

  /**
   * @param random for the jitter; drawn from on the loop only
   * @param listener told of each link's life, on the loop
   */
  public ReconnectingLink(
      EventLoops loops,
      EventLoop loop,
      LinkSettings settings,
      Backoff backoff,
      Ticker ticker,
      RandomGenerator random,
      LinkListener listener) {
    this.loops = loops;
    this.loop = loop;
    this.settings = settings;
    this.backoff = backoff;
    this.ticker = ticker;
    this.random = random;
    this.listener = listener;
  }

  /** Begins to connect. */
  public void start() {
    loop.execute(
        () -> {
          if (!running) {
            running = true;
            open();
          }
        });
  }

  /** The link, while it is ready; null while there is none. */
  public @Nullable Link link() {
    return ready;
  }

  /** Why the last link or attempt ended; null if none has. */
  public @Nullable LinkFailure lastFailure() {
    return lastFailure;
  }

  /** The thread on which everything happens. */
  public EventLoop loop() {
    return loop;
  }

  /** Connects at once if it is waiting: somebody knows that the backend is back. Any thread. */
  public void hurry() {
    loop.execute(
        () -> {
          if (attempt != null) {
            attempt.cancel(false);
            attempt = null;
            open();
          }
        });
  }

  /** Goes on with other settings: the link there is is closed. Any thread. */
  public void change(LinkSettings settings) {
    loop.execute(
        () -> {
          this.settings = settings;
          failures = 0;
          if (opened != null) {
            opened.close();
          } else if (attempt != null) {
            hurry();
          }
        });
  }

  /** Ends the link and tries no more. */
  @Override
  public void close() {
    if (loop.isShuttingDown()) {
      return; // its loop has ended it
    }
    loop.execute(
        () -> {
          running = false;
          if (attempt != null) {
            attempt.cancel(false);
            attempt = null;
          }
          if (opened != null) {
            opened.close();
          }
        });
  }

  private void open() {
    opened = Link.open(loops, loop, settings, ticker, new Watcher());
  }

  private void onEnd(LinkFailure failure) {
    lastFailure = failure;
    boolean lasted =
        ready != null && ticker.nowNanos() - readySinceNanos >= backoff.most().toNanos();
    ready = null;
    opened = null;
    failures = lasted ? 1 : failures + 1;
    if (running && !loop.isShuttingDown()) {
      Duration delay = backoff.delay(failures, random);
      attempt =
          loop.schedule(
              () -> {
                attempt = null;
                open();
              },
              delay.toNanos(),
              TimeUnit.NANOSECONDS);
    }
  }

  private final class Watcher implements LinkListener {
    @Override
    public @Nullable String onHandshake(Link link, List<RespValue> setupReplies) {
      return listener.onHandshake(link, setupReplies);
    }

    @Override
    public void onReady(Link link) {
      ready = link;
      readySinceNanos = ticker.nowNanos();
      listener.onReady(link);
    }

    @Override
    public void onClosed(Link link, LinkFailure failure) {
      onEnd(failure);
      listener.onClosed(link, failure);
    }

    @Override
    public void onWritable(Link link) {
      listener.onWritable(link);
    }

    @Override
    public void onRepliesDelivered(Link link) {
      listener.onRepliesDelivered(link);
    }

    @Override
    public void onPush(Link link, ByteBuf in, int offset, int length) {
      listener.onPush(link, in, offset, length);
    }
  }
}
