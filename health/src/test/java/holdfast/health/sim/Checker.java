package holdfast.health.sim;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.health.vote.Durable;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges from outside, knowing what no process knows.
 *
 * <p>What was acknowledged, or shown by a read, at K >= 1 must be in the data of every later master
 * at its promotion. The protocol may lose it in no schedule by itself: where more backends failed
 * than it can bear it waits for an operator, whose word, like a cold start, clears the slate. So
 * does an operator's lowering K to 0: a later leader waits for nobody then.
 */
final class Checker {
  private final Simulation sim;
  private final Tally tally;
  private final Map<Long, NodeId> leaders = new HashMap<>();
  private final Map<Long, AcceptedRecord> records = new HashMap<>();
  private final Map<String, NodeId> votes = new HashMap<>();
  private final Map<String, Durable> disks = new HashMap<>();
  private final Map<Long, Set<String>> accepted = new HashMap<>();
  private long inForceEpoch;

  /** By the K under which it was acknowledged or shown: what that many failures may not lose. */
  private final BitSet[] kept = new BitSet[AcceptedRecord.ENTRIES_MAX];

  /** For each K, after how many losses of too much at a time the promise of it began anew. */
  private final long[] keptSince = new long[AcceptedRecord.ENTRIES_MAX];

  private long losses;

  private @Nullable SimBackend promoted;
  private int promotedGeneration;
  private long promotedEpoch;
  private long acknowledged;
  private long latestAckEpoch;
  private long latestAckNanos;

  Checker(Simulation sim) {
    this.sim = sim;
    this.tally = sim.world.tally;
    Arrays.setAll(kept, _ -> new BitSet());
  }

  private BitSet allKept() {
    var all = new BitSet();
    for (BitSet each : kept) {
      all.or(each);
    }
    return all;
  }

  private void forgetKept() {
    losses++;
    for (int k = 0; k < kept.length; k++) {
      forget(k);
    }
  }

  private void forget(int k) {
    kept[k].clear();
    keptSince[k] = losses;
  }

  /**
   * Names this moment. A holder that was stopped, and whose lease still runs, tells late of what
   * had been confirmed at this moment: it may have been lost since, with more backends than is
   * promised for.
   */
  long moment() {
    return losses;
  }

  private void keep(AcceptedRecord record, int write, long confirmed) {
    int k = record.replicasRequired();
    if (k > 0 && confirmed >= keptSince[k]) {
      kept[k].set(write);
    }
  }

  /**
   * A backend executed the promotion that the leader of this epoch sent.
   *
   * @param atRisk chosen by an operator or at a cold start
   */
  void promoted(long epoch, SimBackend backend, boolean atRisk) {
    if (epoch < promotedEpoch) {
      return; // a late command to a backend that was not consulted since: no record will name it
    }
    if (atRisk) {
      tally.add(Tally.Seen.PROMOTED_AT_RISK);
      somewhere();
      forgetKept();
    }
    fenced(epoch);
    promotedEpoch = epoch;
    promoted = backend;
    promotedGeneration = backend.generation();
    BitSet lost = allKept();
    if (!lost.isEmpty()) {
      tally.add(Tally.Seen.KEPT_CHECKED);
      lost.andNot(backend.writes());
      if (!lost.isEmpty()) {
        throw new Violation(
            "lost with the promotion of " + backend.name + " in epoch " + epoch + ": " + lost);
      }
    }
  }

  /** Nobody holds a lease of an earlier epoch when a master is made in this one. */
  private void fenced(long epoch) {
    if (sim.options.clocksLie() || !sim.options.has(Guard.FENCE_WAIT)) {
      return;
    }
    sim.holders.forEach(holder -> fenced(epoch, holder.name, holder.alive, holder.heldEpoch()));
    for (SimBackend backend : sim.backends) {
      SimEngine engine = backend.engine();
      if (engine != null) {
        fenced(epoch, backend.name, backend.alive, engine.heldEpoch());
        if (backend.alive && engine.hasRunOut()) {
          tally.add(Tally.Seen.ENGINE_LEASE_LEFT_TO_END);
        }
      }
    }
  }

  private static void fenced(long epoch, String holder, boolean alive, long held) {
    if (alive && held > 0 && held < epoch) {
      throw new Violation(
          "a master of epoch "
              + epoch
              + " is made while "
              + holder
              + " holds the lease of epoch "
              + held);
    }
  }

  /** An engine, master of this epoch (0: nobody ever led it), has executed somebody's write. */
  void executed(SimBackend engine, long epoch) {
    if (epoch < promotedEpoch && !sim.options.clocksLie()) {
      throw new Violation(
          engine.name
              + " executed a write in epoch "
              + epoch
              + " after the master of epoch "
              + promotedEpoch
              + " had been promoted");
    }
  }

  /** A backend came back with a part of its data. */
  void restarted() {
    AcceptedRecord latest = sim.latest();
    long lossy = sim.backends.stream().filter(SimBackend::isLossy).count();
    if (latest == null) {
      return;
    }
    losses++;
    for (int k = 0; k < kept.length; k++) {
      if (lossy > Math.min(k, latest.replicasRequired())) {
        forget(k); // more than is promised for
      }
    }
  }

  /** Whoever is asked to decide can still decide for all of it. */
  private void somewhere() {
    BitSet lost = allKept();
    sim.backends.forEach(backend -> lost.andNot(backend.writes()));
    if (!lost.isEmpty()) {
      throw new Violation("lost on every backend: " + lost);
    }
  }

  /** A voter has a majority in this epoch. */
  void leads(NodeId voter, long epoch) {
    NodeId other = leaders.putIfAbsent(epoch, voter);
    if (other != null && !other.equals(voter)) {
      throw new Violation("two leaders of epoch " + epoch + ": " + other + " and " + voter);
    }
  }

  /** A voter, leading an epoch, decided as if there had never been a record. */
  void firstStart(NodeId voter, long epoch) {
    if (inForceEpoch > 0) {
      throw new Violation(
          voter
              + " decided a first start in epoch "
              + epoch
              + ", but epoch "
              + inForceEpoch
              + " had been in force");
    }
  }

  /** The latest epoch whose record a majority of its voters has accepted, 0 for none. */
  long inForceEpoch() {
    return inForceEpoch;
  }

  private void inForce(Durable durable, AcceptedRecord record) {
    Set<String> voters = accepted.computeIfAbsent(record.epoch(), _ -> new HashSet<>());
    AcceptedRecord.VoterEntry me = record.voter(durable.self());
    if (me != null && me.incarnation().equals(durable.incarnation())) {
      voters.add(me.incarnation());
    }
    if (voters.size() > record.voters().size() / 2) {
      inForceEpoch = Math.max(inForceEpoch, record.epoch());
    }
  }

  /** A voter's disk now holds this. */
  void persisted(Durable durable) {
    String voter = durable.self() + "/" + durable.incarnation();
    Durable before = disks.put(voter, durable);
    if (before != null && durable.votedEpoch() < before.votedEpoch()) {
      throw new Violation(voter + " went back from epoch " + before.votedEpoch());
    }
    if (before != null && durable.acceptedEpoch() < before.acceptedEpoch()) {
      throw new Violation(voter + " went back to the record of " + durable.acceptedEpoch());
    }
    voted(voter, durable.votedEpoch(), durable.votedFor());
    AcceptedRecord record = durable.record();
    if (record != null) {
      inForce(durable, record);
      AcceptedRecord known = records.putIfAbsent(record.epoch(), record);
      if (known != null && !known.sameDecision(record)) {
        throw new Violation("two records of epoch " + record.epoch());
      }
      if (known == null) {
        tally.add(Tally.Seen.SWITCH);
        if (record.former() != null && record.former().epoch() == record.epoch()) {
          tally.add(Tally.Seen.SET_CHANGED);
        }
        if (record.replicasRequired() == 0) {
          forgetKept();
        }
        promotedEpoch = Math.max(promotedEpoch, record.epoch());
      }
    }
  }

  private void voted(String voter, long epoch, @Nullable NodeId candidate) {
    if (candidate == null) {
      return;
    }
    NodeId other = votes.putIfAbsent(voter + "@" + epoch, candidate);
    if (other != null && !other.equals(candidate)) {
      throw new Violation(voter + " voted in epoch " + epoch + " for two");
    }
  }

  /**
   * A holder acknowledges a write under this record, which these replicas had at the moment named
   * {@code confirmed}.
   */
  void acknowledged(
      String holder,
      AcceptedRecord record,
      int write,
      List<NodeAddress> having,
      long confirmed,
      long nowNanos) {
    long epoch = record.epoch();
    oneWriter(holder, epoch, write);
    for (NodeAddress replica : having) {
      SimBackend backend = sim.backend(replica);
      if (sim.options.has(Guard.ADOPTED_ONLY)
          && sim.options.has(Guard.STALE_LEADERS)
          && backend.commandedIn() < epoch) {
        throw new Violation(
            holder + " counted " + replica + ", which no leader of epoch " + epoch + " spoke to");
      }
    }
    keep(record, write, confirmed);
    acknowledged++;
    latestAckEpoch = Math.max(latestAckEpoch, epoch);
    latestAckNanos = nowNanos;
  }

  /** A read has shown all writes up to this one. */
  void shown(String holder, AcceptedRecord record, int last, long confirmed) {
    oneWriter(holder, record.epoch(), last);
    if (last > 0) {
      keep(record, last, confirmed);
    }
  }

  private void oneWriter(String holder, long epoch, int write) {
    if (epoch >= promotedEpoch) {
      return;
    }
    if (!sim.options.clocksLie()) {
      throw new Violation(
          holder
              + " acknowledged a write in epoch "
              + epoch
              + " after the master of epoch "
              + promotedEpoch
              + " had been promoted");
    }
    SimBackend master = promoted;
    if (master != null
        && master.generation() == promotedGeneration
        && write > 0
        && !master.writes().get(write)) {
      throw new Violation(
          holder + " acknowledged " + write + ", lost with the promotion of " + master.name);
    }
  }

  long acknowledged() {
    return acknowledged;
  }

  long latestAckEpoch() {
    return latestAckEpoch;
  }

  long latestAckNanos() {
    return latestAckNanos;
  }
}
