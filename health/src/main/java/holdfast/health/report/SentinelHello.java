package holdfast.health.report;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.health.vote.PeerView;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterState;
import org.jspecify.annotations.Nullable;

/**
 * What a Sentinel publishes at the servers it watches, so that tools which listen there find the
 * voters and the master. Voters themselves take nothing from it: their record names them. Source:
 * Redis {@code sentinel.c} sentinelSendHello.
 */
public final class SentinelHello {
  /** Where. */
  public static final String CHANNEL = "__sentinel__:hello";

  private SentinelHello() {}

  /**
   * The message for one backend, or null for none. At a master it goes into the replication stream:
   * only the master in force gets it, and only from a voter that hears a majority, lest it drives a
   * deposed master's history away from that of its successor.
   */
  public static @Nullable String at(
      VoterConfig config,
      String masterName,
      VoterState state,
      NodeAddress backend,
      boolean master) {
    AcceptedRecord record = state.durable().record();
    if (record == null
        || state.durable().unfinished()
        || (master && !(backend.equals(record.master()) && hearsMajority(config, state)))) {
      return null;
    }
    return config.address().host()
        + ","
        + config.address().port()
        + ","
        + state.durable().incarnation()
        + ","
        + state.durable().votedEpoch()
        + ","
        + masterName
        + ","
        + record.master().host()
        + ","
        + record.master().port()
        + ","
        + record.epoch();
  }

  private static boolean hearsMajority(VoterConfig config, VoterState state) {
    int heard = 1;
    for (PeerView peer : state.peers()) {
      boolean down = Sight.isDown(config.detect(), peer, state.tickNanos());
      heard += peer.hello() == null || down ? 0 : 1;
    }
    return heard > (1 + state.peers().size()) / 2;
  }
}
