package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.AcceptedRecord.Former;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change of the deployment by an operator, made by the record of a new epoch.
 *
 * <p>Of the backends and K: the record keeps the set before it until the new one stands on its own
 * ({@link AcceptedRecord#unsettled}); until then nothing is changed again.
 *
 * <p>Of the voters: one is added or removed, never both, and not before the change before is known
 * to be in force. Then each majority of the old set shares a voter with each of the new one. If it
 * accepts the new record first, its vote tells a candidate of the old set of it, who then needs a
 * majority of the new one; if it votes for that candidate first, it refuses the record, which is
 * never in force, and whoever stands with it needs a majority of the old set too ({@link
 * Attempt#majorities}). To replace a voter is two changes.
 */
public sealed interface Change {
  /** A further backend; whatever data it has is replaced by the master's. */
  record AddBackend(BackendEntry backend) implements Change {}

  /** One less; at K >= 1 it is left cut off from the master. */
  record RemoveBackend(NodeAddress backend) implements Change {}

  /** One for another. */
  record ReplaceBackend(NodeAddress old, NodeAddress next) implements Change {}

  /** Another priority; one of 0 takes it out of N, any other back in. */
  record SetPriority(NodeAddress backend, int priority) implements Change {}

  /** Another K. */
  record SetReplicasRequired(int count) implements Change {}

  /** Other lengths of leases. */
  record SetLeases(long leaseNanos, long engineLeaseNanos) implements Change {}

  /** A further voter, this incarnation of it. */
  record AddVoter(VoterEntry voter) implements Change {}

  /** One less. */
  record RemoveVoter(NodeId voter) implements Change {}

  /** Whether it changes who the voters are. */
  default boolean isOfVoters() {
    return this instanceof AddVoter || this instanceof RemoveVoter;
  }

  /** What a change makes of a record, as far as operators decide on it. */
  record Terms(
      List<VoterEntry> voters,
      List<BackendEntry> backends,
      int replicasRequired,
      long leaseNanos,
      long engineLeaseNanos,
      @Nullable Former former,
      List<VoterEntry> formerVoters) {
    /** Copies the lists. */
    public Terms {
      formerVoters = List.copyOf(formerVoters);
      voters = List.copyOf(voters);
      backends = List.copyOf(backends);
    }

    /** Those of the record before, without what no longer matters of it. */
    static Terms of(AcceptedRecord base, boolean votersSettled) {
      return new Terms(
          base.voters(),
          base.backends(),
          base.replicasRequired(),
          base.leaseNanos(),
          base.engineLeaseNanos(),
          base.unsettled(),
          votersSettled ? List.of() : base.formerVoters());
    }

    private Terms withVoters(List<VoterEntry> next) {
      return new Terms(
          next, backends, replicasRequired, leaseNanos, engineLeaseNanos, former, voters);
    }

    private Terms withSet(List<BackendEntry> next, int k) {
      return new Terms(voters, next, k, leaseNanos, engineLeaseNanos, former, formerVoters);
    }

    private Terms withFormer(Former before) {
      return new Terms(
          voters, backends, replicasRequired, leaseNanos, engineLeaseNanos, before, formerVoters);
    }
  }

  /** Why this cannot be done to this record; null if it can. */
  static @Nullable String refusal(Change change, AcceptedRecord base) {
    Former unsettled = base.unsettled();
    if (unsettled != null) {
      return "the change of epoch "
          + unsettled.epoch()
          + " has not settled: "
          + base.countingTowardsK()
          + " of "
          + base.replicasRequired()
          + " replicas that must have all data have it";
    }
    return switch (change) {
      case AddBackend add ->
          has(base, add.backend().address())
              ? add.backend().address() + " is a backend already"
              : full(base.backends().size(), "backends");
      case RemoveBackend remove -> removal(base, remove.backend());
      case ReplaceBackend replace ->
          has(base, replace.next())
              ? replace.next() + " is a backend already"
              : leaving(base, replace.old());
      case SetPriority set -> priority(base, set);
      case SetReplicasRequired set ->
          set.count() < 0 || set.count() >= base.countedBackends()
              ? "K " + set.count() + ", expected 0 to " + (base.countedBackends() - 1)
              : null;
      case SetLeases set ->
          set.leaseNanos() <= 0 || set.engineLeaseNanos() <= 0 ? "a lease of 0 or less" : null;
      case AddVoter add ->
          base.hasVoter(add.voter().id())
              ? add.voter().id() + " is a voter already"
              : full(base.voters().size(), "voters");
      case RemoveVoter remove -> {
        if (!base.hasVoter(remove.voter())) {
          yield remove.voter() + " is none of the voters";
        }
        yield base.voters().size() == 1 ? remove.voter() + " is the only voter" : null;
      }
    };
  }

  /** Whether this record has it. */
  static boolean isIn(Change change, AcceptedRecord record) {
    return switch (change) {
      case AddBackend add -> has(record, add.backend().address());
      case RemoveBackend remove -> !has(record, remove.backend());
      case ReplaceBackend replace -> has(record, replace.next()) && !has(record, replace.old());
      case SetPriority set ->
          record.backends().contains(new BackendEntry(set.backend(), set.priority()));
      case SetReplicasRequired set -> record.replicasRequired() == set.count();
      case SetLeases set ->
          record.leaseNanos() == set.leaseNanos()
              && record.engineLeaseNanos() == set.engineLeaseNanos();
      case AddVoter add -> record.voters().contains(add.voter());
      case RemoveVoter remove -> !record.hasVoter(remove.voter());
    };
  }

  private static @Nullable String full(int size, String what) {
    return size >= AcceptedRecord.ENTRIES_MAX ? "there are " + size + " " + what : null;
  }

  private static boolean has(AcceptedRecord base, NodeAddress backend) {
    return base.backends().stream().anyMatch(entry -> entry.address().equals(backend));
  }

  /** Who leaves is there and not the master. */
  private static @Nullable String leaving(AcceptedRecord base, NodeAddress backend) {
    if (!has(base, backend)) {
      return backend + " is none of the backends";
    }
    return backend.equals(base.master())
        ? backend + " is the master: switch over to another one first"
        : null;
  }

  private static @Nullable String removal(AcceptedRecord base, NodeAddress backend) {
    String refusal = leaving(base, backend);
    if (refusal != null || !base.isCounted(backend)) {
      return refusal;
    }
    return tooFew(base, base.countedBackends() - 1);
  }

  private static @Nullable String priority(AcceptedRecord base, SetPriority set) {
    if (set.priority() < 0) {
      return "priority " + set.priority() + ", expected 0 or more";
    }
    if (!has(base, set.backend())) {
      return set.backend() + " is none of the backends";
    }
    if (set.priority() > 0 || !base.isCounted(set.backend())) {
      return null;
    }
    String refusal = leaving(base, set.backend());
    return refusal != null ? refusal : tooFew(base, base.countedBackends() - 1);
  }

  private static @Nullable String tooFew(AcceptedRecord base, int remaining) {
    return remaining <= base.replicasRequired()
        ? remaining + " backends that count would remain, K is " + base.replicasRequired()
        : null;
  }

  /**
   * The terms of the next epoch's record.
   *
   * @param change null for none; one that this base does not allow is left out too
   * @param votersSettled whether the voters that the base names are known to be in force; else they
   *     may not be changed again
   */
  static Terms applied(
      @Nullable Change change, AcceptedRecord base, long epoch, boolean votersSettled) {
    Terms same = Terms.of(base, votersSettled);
    if (change == null || refusal(change, base) != null) {
      return same;
    }
    Terms next =
        switch (change) {
          case AddBackend add -> {
            var backends = new ArrayList<>(base.backends());
            backends.add(add.backend());
            yield same.withSet(backends, base.replicasRequired());
          }
          case RemoveBackend remove ->
              same.withSet(
                  base.backends().stream()
                      .filter(entry -> !entry.address().equals(remove.backend()))
                      .toList(),
                  base.replicasRequired());
          case ReplaceBackend replace ->
              same.withSet(
                  base.backends().stream()
                      .map(
                          entry ->
                              entry.address().equals(replace.old())
                                  ? new BackendEntry(replace.next(), entry.priority())
                                  : entry)
                      .toList(),
                  base.replicasRequired());
          case SetPriority set ->
              same.withSet(
                  base.backends().stream()
                      .map(
                          entry ->
                              entry.address().equals(set.backend())
                                  ? new BackendEntry(set.backend(), set.priority())
                                  : entry)
                      .toList(),
                  base.replicasRequired());
          case SetReplicasRequired set -> same.withSet(base.backends(), set.count());
          case SetLeases set ->
              new Terms(
                  base.voters(),
                  base.backends(),
                  base.replicasRequired(),
                  set.leaseNanos(),
                  set.engineLeaseNanos(),
                  null,
                  same.formerVoters());
          case AddVoter add -> {
            var voters = new ArrayList<>(base.voters());
            voters.add(add.voter());
            voters.sort((one, other) -> one.id().compareTo(other.id()));
            yield same.withVoters(voters);
          }
          case RemoveVoter remove ->
              same.withVoters(
                  base.voters().stream()
                      .filter(entry -> !entry.id().equals(remove.voter()))
                      .toList());
        };
    boolean sameSet =
        next.replicasRequired() == base.replicasRequired()
            && next.backends().equals(base.backends());
    return sameSet
        ? next
        : next.withFormer(new Former(epoch, base.backends(), base.replicasRequired()));
  }
}
