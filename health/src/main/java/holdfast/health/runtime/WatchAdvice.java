package holdfast.health.runtime;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.health.detect.ClockSpread;
import holdfast.health.failover.BackendNeeds;
import holdfast.health.report.SentinelHello;
import holdfast.health.vote.Durable;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterState;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the watches of one voter act on, from its present state. On the loop. */
final class WatchAdvice implements WatchingLink.Advice {
  private static final Logger LOG = LoggerFactory.getLogger(WatchAdvice.class);

  private final VoterSettings settings;
  private final VoterConfig config;
  private final Supplier<VoterState> state;
  private volatile ClockSpread clocks = ClockSpread.NONE;
  private boolean apart;

  WatchAdvice(VoterSettings settings, VoterConfig config, Supplier<VoterState> state) {
    this.settings = settings;
    this.config = config;
    this.state = state;
  }

  @Override
  public BackendNeeds.Change minReplicas(NodeAddress backend, NodeInfo info, boolean isSet) {
    Durable durable = state.get().durable();
    AcceptedRecord record = durable.unfinished() ? null : durable.record();
    return BackendNeeds.minReplicas(settings.minReplicas(), record, backend, info, isSet);
  }

  @Override
  public @Nullable String hello(NodeAddress backend, boolean master) {
    return SentinelHello.at(config, settings.masterName(), state.get(), backend, master);
  }

  @Override
  public void clock(NodeAddress backend, ClockSpread.@Nullable Sample sample) {
    clocks = sample == null ? clocks.without(backend) : clocks.with(backend, sample);
    ClockSpread.Apart far = clocks.tooFar();
    if (far != null && !apart) {
      LOG.warn(
          "the clock of {} is {} ms behind that of {}: keys with a time to live expire at different"
              + " times there; run NTP on the backends",
          far.behind(),
          far.nanos() / 1_000_000,
          far.ahead());
    } else if (far == null && apart) {
      LOG.info("the backends' clocks agree again");
    }
    apart = far != null;
  }

  /** Any thread. */
  ClockSpread clocks() {
    return clocks;
  }
}
