package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Of which sets of voters a majority is needed: of one, and while a change of the voters may not be
 * in force yet, of two. Immutable.
 */
public record Majorities(List<Part> parts) {
  /**
   * So many of these voters.
   *
   * @param voters those that may be counted: fewer than all if some are known as another
   *     incarnation only
   */
  record Part(int needed, List<NodeId> voters) {
    Part {
      voters = List.copyOf(voters);
    }

    boolean isReachedBy(Collection<NodeId> voices) {
      int count = 0;
      for (NodeId voter : voters) {
        count += voices.contains(voter) ? 1 : 0;
      }
      return count >= needed;
    }
  }

  /** Copies the list. */
  public Majorities {
    parts = List.copyOf(parts);
  }

  /** A majority of these. */
  public static Majorities of(List<NodeId> voters) {
    return new Majorities(List.of(new Part(voters.size() / 2 + 1, voters)));
  }

  /** All of these. */
  static Majorities all(List<VoterEntry> voters) {
    return new Majorities(List.of(new Part(voters.size(), ids(voters, voters))));
  }

  /** A majority of each of these sets, of which those are counted that {@code known} names too. */
  static Majorities of(List<List<VoterEntry>> sets, List<VoterEntry> known) {
    var parts = new ArrayList<Part>(sets.size());
    for (List<VoterEntry> set : sets) {
      parts.add(new Part(set.size() / 2 + 1, ids(set, known)));
    }
    return new Majorities(parts);
  }

  private static List<NodeId> ids(List<VoterEntry> set, List<VoterEntry> known) {
    var ids = new ArrayList<NodeId>(set.size());
    for (VoterEntry voter : set) {
      for (VoterEntry one : known) {
        if (one.id().equals(voter.id()) && one.incarnation().equals(voter.incarnation())) {
          ids.add(voter.id());
        }
      }
    }
    return ids;
  }

  /** Whether these voters are a majority of each set. */
  public boolean areReachedBy(Collection<NodeId> voices) {
    for (Part part : parts) {
      if (!part.isReachedBy(voices)) {
        return false;
      }
    }
    return true;
  }

  /** How many of the largest set are needed, for people. */
  public int needed() {
    int most = 0;
    for (Part part : parts) {
      most = Math.max(most, part.needed());
    }
    return most;
  }
}
