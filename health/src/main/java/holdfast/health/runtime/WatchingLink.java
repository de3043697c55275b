package holdfast.health.runtime;

import holdfast.backend.link.Backoff;
import holdfast.backend.link.ControlLink;
import holdfast.backend.link.Link;
import holdfast.backend.link.LinkFailure;
import holdfast.backend.link.LinkListener;
import holdfast.backend.link.ReconnectingLink;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.resp.RespValue;
import holdfast.backend.time.Ticker;
import holdfast.health.vote.VoterEvent;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A voter's watch over one backend: PING at each ping interval, INFO at each tenth and when asked,
 * and connecting again at short intervals, so that a refusal is seen soon. It commands nothing. All
 * on the voter's event loop.
 */
final class WatchingLink implements LinkListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WatchingLink.class);
  private static final int PINGS_OUT_MAX = 16;
  private static final int PINGS_PER_INFO = 10;

  /** However many holders say that something is amiss. */
  private static final long LOOK_AGAIN_NANOS = 20_000_000;

  private static final Backoff SHORT =
      new Backoff(Duration.ofMillis(10), 1.5, Duration.ofMillis(30), 0.2);

  private final NodeAddress backend;
  private final Consumer<VoterEvent> events;
  private final Duration deadline;
  private final ReconnectingLink link;
  private final ControlLink control;
  private final ScheduledFuture<?> timer;
  private final Ticker ticker;
  private long lookedNanos;
  private int pingsOut;
  private int pings;
  private boolean infoOut;
  private boolean infoAgain;
  private @Nullable String lastComplaint;
  private @Nullable String infoText;

  WatchingLink(BackendLinks links, String name, NodeAddress backend, Consumer<VoterEvent> events) {
    this.backend = backend;
    this.events = events;
    this.ticker = links.ticker();
    this.lookedNanos = ticker.nowNanos() - LOOK_AGAIN_NANOS;
    this.deadline = links.settings().times().downAfter().multipliedBy(2);
    this.link =
        new ReconnectingLink(
            links.loops(),
            links.loop(),
            links.to(backend, BackendLinks.WATCHING + name, links.settings().backendLogin()),
            SHORT,
            links.ticker(),
            links.random(),
            this);
    this.control = new ControlLink(link);
    long pingNanos = links.settings().times().ping().toNanos();
    this.timer =
        links.loop().scheduleAtFixedRate(this::ping, pingNanos, pingNanos, TimeUnit.NANOSECONDS);
    link.start();
  }

  private void ping() {
    if (link.link() == null || pingsOut >= PINGS_OUT_MAX) {
      return;
    }
    if (++pings % PINGS_PER_INFO == 0) {
      askInfo();
    }
    pingsOut++;
    control
        .call(deadline, "PING")
        .whenComplete(
            (reply, failure) -> {
              pingsOut--;
              if (reply != null) {
                ponged(reply);
              }
            });
  }

  private void ponged(RespValue reply) {
    boolean valid =
        reply instanceof RespValue.Failure error
            ? error.code().equals("LOADING") || error.code().equals("MASTERDOWN")
            : !reply.isNil();
    if (valid) {
      events.accept(new VoterEvent.BackendReplied(backend));
    } else {
      complain("PING was answered by " + reply);
    }
  }

  /** PUBLISH goes into the replication stream (Redis {@code pubsub.c}), and changes no data. */
  void nudge() {
    control
        .call(deadline, "PUBLISH", "__holdfast__", "here")
        .whenComplete(
            (reply, failure) -> {
              if (reply instanceof RespValue.Failure error) {
                complain("PUBLISH was answered by " + error.message());
              }
            });
  }

  /** Somebody saw something amiss: looks now, not at the next ping. */
  void lookNow() {
    long now = ticker.nowNanos();
    if (now - lookedNanos < LOOK_AGAIN_NANOS) {
      return;
    }
    lookedNanos = now;
    if (link.link() == null) {
      link.hurry();
    } else {
      ping();
      askInfo();
    }
  }

  /** Asks for INFO; if it is under way, once more after it, since it may be from before. */
  void askInfo() {
    if (link.link() == null) {
      return;
    }
    if (infoOut) {
      infoAgain = true;
      return;
    }
    infoOut = true;
    infoAgain = false;
    control
        .call(deadline, "INFO")
        .whenComplete(
            (reply, failure) -> {
              infoOut = false;
              if (reply != null) {
                informed(reply);
              }
              if (infoAgain) {
                askInfo();
              }
            });
  }

  private void informed(RespValue reply) {
    if (reply instanceof RespValue.Failure error) {
      complain("INFO was answered by " + error.message());
      return;
    }
    NodeInfo info;
    try {
      info = NodeInfo.parse(reply.text());
    } catch (IllegalArgumentException | IllegalStateException e) {
      complain("INFO is not what a Redis says: " + e.getMessage());
      return;
    }
    lastComplaint = null;
    infoText = reply.text();
    events.accept(new VoterEvent.BackendInformed(backend, info));
  }

  /** The last INFO as it came, null before the first. */
  @Nullable String infoText() {
    return infoText;
  }

  private void complain(String text) {
    if (!text.equals(lastComplaint)) {
      lastComplaint = text;
      LOG.warn("{}: {}", backend, text);
    }
  }

  @Override
  public void onReady(Link ready) {
    askInfo();
  }

  @Override
  public void onClosed(Link closed, LinkFailure failure) {
    infoAgain = false;
    if (failure.kind() == LinkFailure.Kind.HANDSHAKE) {
      complain(failure.message());
    }
    events.accept(
        failure.kind() == LinkFailure.Kind.REFUSED
            ? new VoterEvent.BackendRefused(backend)
            : new VoterEvent.BackendLost(backend));
  }

  @Override
  public void close() {
    timer.cancel(false);
    link.close();
  }
}
