package holdfast.health.runtime;

import holdfast.backend.time.WallClock;
import holdfast.health.report.SentinelEvent;
import holdfast.health.report.SentinelEvents;
import holdfast.health.report.SwitchLog;
import holdfast.health.report.SwitchRecord;
import holdfast.health.report.SwitchRecord.Loss;
import holdfast.health.report.SwitchWatch;
import holdfast.health.report.Tilt;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterState;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people what a voter's steps mean: Sentinel's events to those who subscribed, and the record
 * of each switch to the log and to the other voters. On the loop; the log of switches may be read
 * by any thread.
 */
final class Reporter {
  private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);

  private final VoterConfig config;
  private final String masterName;
  private final Subscribers subscribers;
  private final WallClock wallClock;
  private Tilt tilt = Tilt.OFF;
  private SwitchWatch watch = SwitchWatch.IDLE;
  private volatile SwitchLog switches = SwitchLog.EMPTY;
  private Consumer<SwitchRecord> others = _ -> {};

  Reporter(VoterConfig config, String masterName, Subscribers subscribers, WallClock wallClock) {
    this.config = config;
    this.masterName = masterName;
    this.subscribers = subscribers;
    this.wallClock = wallClock;
  }

  /** Where a switch's record goes that this voter has written. */
  void tellOthers(Consumer<SwitchRecord> how) {
    others = how;
  }

  /** The state before a step and after it. */
  void stepped(VoterState before, VoterState after, long nowNanos) {
    if (onlyGrants(before, after)) {
      return;
    }
    SwitchWatch.Told told = watch.next(config, before, after, nowNanos, wallClock.nowMillis());
    watch = told.next();
    SwitchRecord finished = told.finished();
    if (finished != null) {
      LOG.info("{}: {}", config.self(), finished.line());
      switches = switches.with(finished);
      others.accept(finished);
    }
    Loss found = told.found();
    if (found != null) {
      found(told.foundEpoch(), found);
    }
    Tilt next = tilt.next(config, before, after);
    Tilt last = tilt;
    tilt = next;
    if (subscribers.none()) {
      return; // to find out what has happened was a fifth of a voter's work in a switch
    }
    SentinelEvents.between(last, next).forEach(this::publish);
    SentinelEvents.between(config, masterName, before, after).forEach(this::publish);
  }

  /** Holders' leases are most of what happens, and nobody is told of them. */
  private static boolean onlyGrants(VoterState before, VoterState after) {
    return before.durable().equals(after.durable())
        && before.watches() == after.watches()
        && before.peers() == after.peers()
        && before.stage() == after.stage()
        && before.wrongs() == after.wrongs()
        && before.tickNanos() == after.tickNanos();
  }

  private void found(long epoch, Loss loss) {
    SwitchLog before = switches;
    switches = switches.with(epoch, loss);
    if (switches.equals(before)) {
      return; // its record says as much, or more
    }
    if (loss.kind() == Loss.Kind.EXACT && loss.bytes() > 0) {
      LOG.warn("{}: the switch to epoch {} lost {}", config.self(), epoch, loss.text());
    } else {
      LOG.info("{}: the switch to epoch {} lost {}", config.self(), epoch, loss.text());
    }
    SwitchRecord known = switches.inForce(epoch);
    if (known != null && loss.kind() == Loss.Kind.EXACT) {
      others.accept(known); // they may have looked too late
    }
  }

  /** Another voter has led a switch. */
  void heard(SwitchRecord record) {
    switches = switches.with(record);
  }

  void publish(SentinelEvent event) {
    subscribers.published(event);
  }

  /** The switches this voter knows of; any thread. */
  SwitchLog switches() {
    return switches;
  }

  boolean tilted() {
    return tilt.on();
  }
}
