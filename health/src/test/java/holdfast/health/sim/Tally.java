package holdfast.health.sim;

import java.util.EnumMap;
import java.util.Map;

/** How often each fault happened, and each guard refused or allowed, over many schedules. */
final class Tally {
  /** What may happen in a schedule; the run asserts that each did. */
  enum Seen {
    LOSS,
    LONG_DELAY,
    DUPLICATE,
    PARTITION,
    ONE_WAY_CUT,
    BACKEND_KILLED,
    BACKEND_RESTARTED_FULL,
    BACKEND_RESTARTED_WITH_PREFIX,
    BACKEND_RESTARTED_EMPTY,
    BACKEND_PAUSED,
    VOTER_KILLED,
    VOTER_KILLED_WHILE_WRITING,
    VOTER_LOST_ITS_DISK,
    DISK_LOST_BEFORE_A_RECORD,
    FOUNDED_WITH_ANOTHER,
    VOTER_PAUSED,
    HOLDER_PAUSED,
    HOLDER_RESTARTED,
    ALL_BACKENDS_RESTARTED,
    CLOCKS_DRIFT,
    SWITCH,
    MASTER_PROMOTED_AGAIN,
    FULL_RESYNC,
    PARTIAL_RESYNC,
    OLD_MASTER_DEMOTED,
    OPERATOR_ASKED,
    PROMOTED_AT_RISK,
    KEPT_CHECKED,
    CUT_OFF,
    TOO_FEW_REPLICAS,
    K_CONFIRMED,
    K_WAITED,
    UNRECORDED_NOT_CONFIRMED,
    NOT_ADOPTED_NOT_COUNTED,
    READ_SHOWN,
    SET_CHANGED,
    CHANGE_DONE,
    CHANGE_REFUSED,
    OLD_SET_CONSULTED,
    OLD_SET_SETTLED,
    CHANGE_UNSETTLED,
    VOTER_REPLACED,
    ENOUGH_CONSULTED,
    TOO_FEW_CONSULTED,
    HISTORY_UNKNOWN,
    NOT_REACHED_ITS_START,
    BACKENDS_CUT_OFF,
    MASTER_HIDDEN_FROM_LEADER,
    REPLICATION_ID_CHANGED,
    ACK_ALLOWED,
    ACK_REFUSED,
    GRANT_ALLOWED,
    GRANT_REFUSED,
    PRE_VOTE_ALLOWED,
    PRE_VOTE_REFUSED,
    VOTE_ALLOWED,
    VOTE_REFUSED,
    RECORD_ACCEPTED,
    RECORD_REFUSED,
    CONFIRM_ALLOWED,
    CONFIRM_REFUSED,
    FENCE_AT_ONCE,
    FENCE_WAITED,
    GIVE_UP_SHORTENED_FENCE,
    RUN_ID_KNOWN,
    RUN_ID_UNKNOWN,
    EARLIER_LEADER_KILLED,
    COMMAND_OF_KILLED_LEADER_DROPPED,
    SWITCHOVER_DONE,
    SWITCHOVER_REFUSED,
    SWITCHOVER_FAILED,
    DRAIN_BEGUN,
    DRAIN_DONE,
    DRAIN_ENDED_BY_LEASE,
    ENGINE_WRITE_ALLOWED,
    ENGINE_WRITE_REFUSED,
    ENGINE_GRANT_ALLOWED,
    ENGINE_GRANT_REFUSED,
    ENGINE_ORDER_OBEYED,
    ENGINE_ORDER_REFUSED,
    ENGINE_HISTORY_REFUSED,
    ENGINE_GAVE_UP,
    ENGINE_DRAINED,
    ENGINE_LEASE_LEFT_TO_END,
    ENGINE_CLOCK_LIED,
    DIRECT_WRITE_EXECUTED,
    DIRECT_WRITE_REFUSED
  }

  private final Map<Seen, Long> counts = new EnumMap<>(Seen.class);
  private long events;
  private long schedules;
  private long decisions;
  private long decidedNanos;

  void add(Seen seen) {
    counts.merge(seen, 1L, Long::sum);
  }

  void add(Tally other) {
    other.counts.forEach((seen, count) -> counts.merge(seen, count, Long::sum));
    events += other.events;
    schedules += other.schedules;
    decisions += other.decisions;
    decidedNanos += other.decidedNanos;
  }

  void schedule(long eventsInIt) {
    schedules++;
    events += eventsInIt;
  }

  /** So long after an operator's word all was well. */
  void decided(long nanos) {
    decisions++;
    decidedNanos += nanos;
  }

  long decidedMillisMean() {
    return decidedNanos / Math.max(1, decisions) / World.MS;
  }

  long of(Seen seen) {
    return counts.getOrDefault(seen, 0L);
  }

  double eventsPerSchedule() {
    return (double) events / Math.max(1, schedules);
  }

  double switchesPerSchedule() {
    return (double) of(Seen.SWITCH) / Math.max(1, schedules);
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    text.append(schedules).append(" schedules, ").append(eventsPerSchedule());
    text.append(" events and ").append(switchesPerSchedule()).append(" switches each");
    text.append(", well ").append(decidedMillisMean()).append(" ms after an operator's word");
    for (Seen seen : Seen.values()) {
      text.append('\n').append(seen).append(' ').append(of(seen));
    }
    return text.toString();
  }
}
