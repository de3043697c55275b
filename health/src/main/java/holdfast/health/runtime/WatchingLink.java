package holdfast.health.runtime;

import holdfast.backend.link.Backoff;
import holdfast.backend.link.ControlLink;
import holdfast.backend.link.Link;
import holdfast.backend.link.LinkFailure;
import holdfast.backend.link.LinkListener;
import holdfast.backend.link.ReconnectingLink;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.backend.resp.RespValue;
import holdfast.backend.time.Ticker;
import holdfast.health.detect.ClockSpread;
import holdfast.health.failover.BackendNeeds;
import holdfast.health.report.SentinelHello;
import holdfast.health.report.StartSeen;
import holdfast.health.vote.VoterEvent;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A voter's watch over one backend: PING at each ping interval, INFO at each tenth and when asked,
 * and connecting again at short intervals, so that a refusal is seen soon. It commands no role;
 * what it sets are settings that suit every epoch ({@link BackendNeeds}). All on the voter's event
 * loop.
 */
final class WatchingLink implements LinkListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WatchingLink.class);
  private static final int PINGS_OUT_MAX = 16;
  private static final int PINGS_PER_INFO = 10;

  /** However many holders say that something is amiss. */
  private static final long LOOK_AGAIN_NANOS = 20_000_000;

  private static final int PINGS_PER_TIME = 100;
  private static final long HELLO_MILLIS = 2000;
  private static final String MIN_REPLICAS = "min-replicas-to-write";

  /** INFO has this line only while min-replicas-to-write and its lag are set. */
  private static final String MIN_REPLICAS_SET = "\nmin_slaves_good_slaves:";

  private static final String ENGINE = "redis_build_id:holdfast";
  private static final Backoff SHORT =
      new Backoff(Duration.ofMillis(10), 1.5, Duration.ofMillis(30), 0.2);

  /** What the voter knows that a watch has to act on. */
  interface Advice {
    /** Whether {@code min-replicas-to-write} has to be changed. */
    BackendNeeds.Change minReplicas(NodeAddress backend, NodeInfo info, boolean isSet);

    /** What is to be published there, if anything. */
    @Nullable String hello(NodeAddress backend, boolean master);

    /** What its clock says; null when it is not known any more. */
    void clock(NodeAddress backend, ClockSpread.@Nullable Sample sample);
  }

  private final NodeAddress backend;
  private final Consumer<VoterEvent> events;
  private final Advice advice;
  private final Ticker ticker;
  private final Duration deadline;
  private final ReconnectingLink link;
  private final ControlLink control;
  private final ScheduledFuture<?> timer;
  private long lookedNanos;
  private final ScheduledFuture<?> helloTimer;
  private final Map<String, String> weakened = new TreeMap<>();
  private @Nullable NodeInfo info;
  private boolean settled;
  private StartSeen start = StartSeen.UNSEEN;
  private int pingsOut;
  private int pings;
  private boolean infoOut;
  private boolean infoAgain;
  private @Nullable String lastComplaint;
  private @Nullable String infoText;

  WatchingLink(
      BackendLinks links,
      String name,
      NodeAddress backend,
      Consumer<VoterEvent> events,
      Advice advice) {
    this.backend = backend;
    this.events = events;
    this.advice = advice;
    this.ticker = links.ticker();
    this.lookedNanos = ticker.nowNanos() - LOOK_AGAIN_NANOS;
    this.deadline = links.settings().times().downAfter().multipliedBy(2);
    this.link =
        new ReconnectingLink(
            links.loops(),
            links.loop(),
            links.toBackend(backend, BackendLinks.WATCHING + name),
            SHORT,
            links.ticker(),
            links.random(),
            this);
    this.control = new ControlLink(link);
    long pingNanos = links.settings().times().ping().toNanos();
    this.timer =
        links.loop().scheduleAtFixedRate(this::ping, pingNanos, pingNanos, TimeUnit.NANOSECONDS);
    this.helloTimer =
        links
            .loop()
            .scheduleAtFixedRate(this::hello, HELLO_MILLIS, HELLO_MILLIS, TimeUnit.MILLISECONDS);
    link.start();
  }

  private void ping() {
    if (link.link() == null || pingsOut >= PINGS_OUT_MAX) {
      return;
    }
    if (++pings % PINGS_PER_INFO == 0) {
      askInfo();
    }
    if (pings % PINGS_PER_TIME == 1) {
      askTime();
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
    publish("__holdfast__", "here");
  }

  private void publish(String channel, String message) {
    control
        .call(deadline, "PUBLISH", channel, message)
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
    NodeInfo told;
    try {
      told = NodeInfo.parse(reply.text());
    } catch (IllegalArgumentException | IllegalStateException e) {
      complain("INFO is not what a Redis says: " + e.getMessage());
      return;
    }
    lastComplaint = null;
    infoText = reply.text();
    start = start.next(info, told);
    info = told;
    events.accept(new VoterEvent.BackendInformed(backend, told));
    if (!infoText.contains(ENGINE)) {
      settle(told, infoText);
    }
  }

  /** A stock Redis is set to what the protocol wants of it; our engine behaves so by itself. */
  private void settle(NodeInfo told, String text) {
    if (!settled) {
      settled = true;
      BackendNeeds.ALWAYS.forEach(
          need -> set(need.name(), need.value(), need.name(), need.weakened()));
    }
    String weak = "clients that write to it directly are not stopped when it is cut off";
    switch (advice.minReplicas(backend, told, text.contains(MIN_REPLICAS_SET))) {
      case SET -> {
        set("min-replicas-max-lag", "" + BackendNeeds.MAX_LAG_SECONDS, MIN_REPLICAS, weak);
        set(MIN_REPLICAS, "1", MIN_REPLICAS, weak);
      }
      case CLEAR ->
          set(
              MIN_REPLICAS,
              "0",
              MIN_REPLICAS,
              "promoted, it refuses writes until others follow it");
      case LEAVE -> {}
    }
  }

  /** Said once for each need, not at each try. */
  private void set(String name, String value, String need, String weak) {
    control
        .call(deadline, "CONFIG", "SET", name, value)
        .whenComplete(
            (reply, failure) -> {
              if (reply instanceof RespValue.Failure error) {
                String why = error.message() + "; " + weak;
                if (weakened.put(need, why) == null) {
                  LOG.warn("{} does not take {} {}: {}", backend, name, value, why);
                }
              } else if (reply != null && weakened.remove(need) != null) {
                LOG.info("{} has taken {} {} now", backend, name, value);
              }
            });
  }

  /** What this backend could not be set to, and what that weakens. */
  Map<String, String> weakened() {
    return Collections.unmodifiableMap(weakened);
  }

  /** How its process was seen to start. */
  StartSeen startSeen() {
    return start;
  }

  private void hello() {
    NodeInfo told = info;
    if (link.link() == null || told == null) {
      return;
    }
    String message = advice.hello(backend, told.role() == Role.MASTER);
    if (message != null) {
      publish(SentinelHello.CHANNEL, message);
    }
  }

  private void askTime() {
    long askedNanos = ticker.nowNanos();
    control
        .call(deadline, "TIME")
        .whenComplete(
            (reply, failure) -> {
              if (reply instanceof RespValue.Array array && array.elements().size() == 2) {
                try {
                  long micros =
                      Long.parseLong(array.elements().get(0).text()) * 1_000_000
                          + Long.parseLong(array.elements().get(1).text());
                  advice.clock(
                      backend, ClockSpread.Sample.of(micros, askedNanos, ticker.nowNanos()));
                } catch (NumberFormatException e) {
                  complain("TIME was answered by " + reply);
                }
              }
            });
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
    settled = false;
    advice.clock(backend, null);
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
    helloTimer.cancel(false);
    link.close();
  }
}
