package holdfast.backend.lease;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The holder's side of the write lease: how long may this process acknowledge writes of an epoch?
 *
 * <p>Each voter grants for itself; the lease of an epoch holds while the grants of a
 * <em>majority</em> of the voters run that the epoch's record names. A grant counts from when its
 * request was <em>sent</em>, less the drift margin ({@link LeaseClock}). Told of a later epoch (a
 * vote, or a record) the holder gives up at once all epochs before it; that is final for this
 * process: {@link #belowEpoch} only grows, and a grant still in flight changes nothing. The caller
 * then tells each voter, so that the next leader need not wait.
 *
 * <p>Told of a <em>planned</em> later epoch, a holder made by {@link #draining} gives up a little
 * later: it sends nothing more, but what it has sent is acknowledged under the lease that still
 * runs, and it gives up ({@link #drained}) the moment nothing is under way, or when the lease ends.
 * That changes nothing for the fence: no grant that arrives from then on lengthens the lease, so it
 * ends where it would have ended had the holder heard of nothing at all, and each voter that voted
 * in the later epoch waits for just that end, or for the word that it was given up. A voter that
 * says the epoch is not planned after all, or names a later one, ends it at once.
 *
 * <p>One thread. The hot path reads what the caller publishes of {@link #heldUntilNanos} and
 * compares with {@link #runs}: after the reply (and K confirmations), at the moment of release.
 */
public final class LeaseHolder {
  /** No lease is held. */
  public static final long NOT_HELD = Long.MIN_VALUE;

  /** Requests to one voter whose answers still count; older ones in flight are void. */
  private static final int IN_FLIGHT_MAX = 8;

  private final NodeId id;
  private final boolean drains;
  private final boolean engine;
  private final List<VoterGrant> voters = new ArrayList<>();
  private @Nullable AcceptedRecord record;
  private long recordFingerprint;
  private long belowEpoch;

  /** The planned epoch for which the lease is run down, if it is past {@link #belowEpoch}. */
  private long drainEpoch;

  /** What one voter has granted, and the requests to it that are under way. */
  private static final class VoterGrant {
    final NodeId voter;
    final long[] sentNanos = new long[IN_FLIGHT_MAX];
    final long[] sequences = new long[IN_FLIGHT_MAX];
    long lastSequence;
    long epoch;
    long endNanos;

    VoterGrant(NodeId voter) {
      this.voter = voter;
    }
  }

  /**
   * @param id this process, never used before: made at random at its start
   */
  public LeaseHolder(NodeId id) {
    this(id, false, false);
  }

  private LeaseHolder(NodeId id, boolean drains, boolean engine) {
    this.id = id;
    this.drains = drains;
    this.engine = engine;
  }

  /** A holder that ends what is under way before it gives a lease up for a planned epoch. */
  public static LeaseHolder draining(NodeId id) {
    return new LeaseHolder(id, true, false);
  }

  /** An engine that is master: its lease is the shorter one; it ends what is under way, too. */
  public static LeaseHolder engine(NodeId id) {
    return new LeaseHolder(id, true, true);
  }

  /** Whether it is an engine's. */
  public boolean isEngine() {
    return engine;
  }

  /** This process. */
  public NodeId id() {
    return id;
  }

  /** The latest record this holder has been told of; null before the first. */
  public @Nullable AcceptedRecord record() {
    return record;
  }

  /** All epochs before this one are given up for good. */
  public long belowEpoch() {
    return belowEpoch;
  }

  /** The request to send to this voter now; its grant will count from {@code nowNanos}. */
  public LeaseRequest.Lease request(NodeId voter, long nowNanos) {
    VoterGrant grant = grantOf(voter);
    long sequence = ++grant.lastSequence;
    int slot = (int) (sequence % IN_FLIGHT_MAX);
    grant.sequences[slot] = sequence;
    grant.sentNanos[slot] = nowNanos;
    return new LeaseRequest.Lease(id, sequence, recordFingerprint, belowEpoch, engine);
  }

  /**
   * A request that is answered when something changes at the voter.
   *
   * @param shownFingerprint of the record that this voter showed last, 0 for none
   */
  public LeaseRequest.Watch watch(long waitMillis, long shownFingerprint) {
    return new LeaseRequest.Watch(
        id, Math.max(belowEpoch, drainEpoch), recordFingerprint, waitMillis, shownFingerprint);
  }

  /** What to tell each voter after {@link #answered} or {@link #laterEpoch} said true. */
  public LeaseRequest.GaveUp gaveUp() {
    return new LeaseRequest.GaveUp(id, belowEpoch);
  }

  /**
   * Takes in a voter's answer.
   *
   * @return whether epochs were given up by it, so that all voters are to be told at once
   */
  public boolean answered(NodeId voter, LeaseReply reply) {
    long before = belowEpoch;
    AcceptedRecord told = reply.record();
    if (told != null) {
      take(told);
    }
    if (mayDrain(reply)) {
      drainEpoch = Math.max(drainEpoch, reply.votedEpoch());
    } else {
      laterEpoch(reply.votedEpoch());
    }
    if (reply instanceof LeaseReply.Granted granted) {
      granted(grantOf(voter), granted);
    }
    return belowEpoch != before;
  }

  /** The first word of a planned epoch, or the same word again, while there is a lease to end. */
  private boolean mayDrain(LeaseReply reply) {
    AcceptedRecord of = record;
    return drains
        && reply.planned()
        && reply.votedEpoch() > belowEpoch
        && (!isDraining() || reply.votedEpoch() == drainEpoch)
        && of != null
        && heldUntilNanos(of.epoch()) != NOT_HELD;
  }

  /** Whether nothing new may be sent, and what was sent is still acknowledged. */
  public boolean isDraining() {
    return drainEpoch > belowEpoch;
  }

  /**
   * Gives up for the planned epoch: nothing is under way, or the lease has ended.
   *
   * @return whether this is news, so that all voters are to be told at once
   */
  public boolean drained() {
    return laterEpoch(drainEpoch);
  }

  /**
   * Gives up all epochs before {@code epoch}, which somebody has voted in or accepted.
   *
   * @return whether this is news
   */
  public boolean laterEpoch(long epoch) {
    if (epoch <= belowEpoch) {
      return false;
    }
    belowEpoch = epoch;
    return true;
  }

  private void take(AcceptedRecord told) {
    AcceptedRecord known = record;
    if (known != null && told.epoch() < known.epoch()) {
      return;
    }
    AcceptedRecord next =
        known != null && told.epoch() == known.epoch() ? known.merged(told) : told;
    if (!next.equals(known)) {
      record = next;
      recordFingerprint = next.fingerprint();
    }
    // An epoch's record exists because its master has been promoted: none before it may go on.
    laterEpoch(told.epoch());
  }

  private void granted(VoterGrant grant, LeaseReply.Granted granted) {
    int slot = (int) Long.remainderUnsigned(granted.sequence(), IN_FLIGHT_MAX);
    if (granted.sequence() <= 0
        || grant.sequences[slot] != granted.sequence()
        || granted.epoch() < Math.max(belowEpoch, drainEpoch)
        || granted.leaseNanos() <= 0) {
      return;
    }
    laterEpoch(granted.epoch());
    long endNanos = LeaseClock.holderEndNanos(grant.sentNanos[slot], granted.leaseNanos());
    if (grant.epoch != granted.epoch() || endNanos - grant.endNanos > 0) {
      grant.epoch = granted.epoch();
      grant.endNanos = endNanos;
    }
  }

  /**
   * Until when writes of {@code epoch} may be acknowledged, as things stand: the latest moment at
   * which a majority of grants still runs. It may lie in the past.
   *
   * @return {@link #NOT_HELD} if the epoch was given up, its record is not known, or too few voters
   *     have granted it
   */
  public long heldUntilNanos(long epoch) {
    AcceptedRecord of = record;
    if (of == null || of.epoch() != epoch || epoch < belowEpoch) {
      return NOT_HELD;
    }
    long[] ends = new long[voters.size()];
    int count = 0;
    for (VoterGrant grant : voters) {
      if (grant.epoch == epoch && of.hasVoter(grant.voter)) {
        ends[count++] = grant.endNanos;
      }
    }
    if (count < of.majority()) {
      return NOT_HELD;
    }
    // Ordered by difference to one of them: clock readings have no order of their own.
    long origin = ends[0];
    for (int i = 0; i < count; i++) {
      ends[i] -= origin;
    }
    Arrays.sort(ends, 0, count);
    long end = origin + ends[count - of.majority()];
    return end == NOT_HELD ? end - 1 : end;
  }

  /** Whether a lease that {@link #heldUntilNanos} said to end then runs now. */
  public static boolean runs(long heldUntilNanos, long nowNanos) {
    return heldUntilNanos != NOT_HELD && nowNanos - heldUntilNanos < 0;
  }

  private VoterGrant grantOf(NodeId voter) {
    for (VoterGrant grant : voters) {
      if (grant.voter.equals(voter)) {
        return grant;
      }
    }
    var added = new VoterGrant(voter);
    voters.add(added);
    return added;
  }
}
