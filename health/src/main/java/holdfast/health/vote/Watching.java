package holdfast.health.vote;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;

/**
 * Holders that wait to be told. The shell keeps them and asks here after each step; it answers
 * those for whom there is news, and those whose wait is over.
 */
public final class Watching {
  private Watching() {}

  /** Whether this holder has to be told now. */
  public static boolean isNews(VoterState state, LeaseRequest.Watch watch) {
    return Grants.isNews(state.durable(), watch);
  }

  /** The answer. */
  public static LeaseReply answer(VoterState state, LeaseRequest.Watch watch) {
    return Grants.changed(state.durable(), state.votedAsPlanned(), watch);
  }
}
