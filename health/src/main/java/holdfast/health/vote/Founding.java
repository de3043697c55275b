package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.NodeAddress;
import holdfast.health.detect.NodeWatch;
import holdfast.health.failover.Answer;
import holdfast.health.failover.Choice;
import holdfast.health.failover.FirstStart;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The voters of a first start: those of the configuration, each as the incarnation that takes part.
 *
 * <p>A first start needs the vote of every voter. One that loses its disk before there is a record
 * comes back as another incarnation, without a past, and the others would wait for the lost one for
 * good. So while a voter has no record it also votes for a list in which other incarnations stand
 * for at most half of the voters, counted from the list it voted for <em>first</em>: it keeps that
 * one until a record names another.
 *
 * <p>Why nothing is forgotten so. Say that a majority of list F accepted the record of epoch e, and
 * a later epoch is led by the votes of all of list G, none of which had a record. A voter of that
 * majority that is the same in G would have had the record, or have voted past it and refused it;
 * so none is the same, and G differs from F for more than half. Any voter y that is the same in F
 * and G voted in e before that majority accepted, and what y voted for first is no later than F:
 * whoever lost its disk since is another in G than in that list too. So y refuses G. That holds as
 * long as one voter of the first start has its disk; if all have lost theirs nobody can tell.
 *
 * <p>Nor does it make two leaders of one epoch: both would need the vote, once per epoch, of a
 * voter that is the same in both their lists. Votes are those of incarnations: one is counted only
 * by a candidate that stands with the list that names it.
 */
final class Founding {
  private Founding() {}

  /** Why a voter that has never voted would stand, null if it would not. */
  static @Nullable String reasonToStand(Turn turn) {
    if (!everyVoterHeard(turn)) {
      return null;
    }
    if (turn.decided != null) {
      return "an operator decided";
    }
    var answers = new ArrayList<Answer>();
    var backends = new ArrayList<NodeAddress>();
    for (NodeWatch watch : turn.watches) {
      backends.add(watch.address());
      if (watch.info() != null) {
        answers.add(new Answer(watch.address(), watch.info()));
      }
    }
    return switch (FirstStart.choose(backends, answers)) {
      case Choice.Promote promote -> "first start with " + promote.backend();
      case Choice.Wait wait -> {
        if (turn.nowNanos - turn.acceptedNanos >= turn.config.detect().downAfterNanos()) {
          turn.notice(wait.missing());
        }
        yield null;
      }
      case Choice.Refuse refuse -> {
        turn.notice(refuse.facts());
        yield null;
      }
    };
  }

  /** All other voters have been heard of late, and none of them knows of a record. */
  private static boolean everyVoterHeard(Turn turn) {
    for (PeerView peer : turn.peers) {
      PeerMessage.Hello hello = peer.hello();
      if (hello == null
          || hello.acceptedEpoch() > 0
          || turn.nowNanos - peer.heardNanos() >= turn.config.detect().downAfterNanos()) {
        return false;
      }
    }
    return true;
  }

  /** With whom this voter stands: as the record says, else all as they have said hello. */
  static List<VoterEntry> members(Turn turn) {
    Durable durable = turn.durable;
    if (durable.isBlank()) {
      return founders(turn);
    }
    if (durable.record() != null) {
      return durable.members();
    }
    var members = new ArrayList<VoterEntry>(durable.members().size());
    for (VoterEntry known : durable.members()) {
      PeerMessage.Hello hello = hello(turn, known);
      members.add(
          hello == null ? known : new VoterEntry(known.id(), hello.incarnation(), known.address()));
    }
    if (!mayReplace(durable.members(), members)) {
      turn.notice(
          "no first start: more than half of the voters have lost their data directories since"
              + " this one first voted, and may have forgotten a record. If the backends' data is"
              + " to count as it is, stop all voters, empty all their data directories and start"
              + " them again");
      return durable.members();
    }
    return members;
  }

  private static PeerMessage.@Nullable Hello hello(Turn turn, VoterEntry known) {
    for (PeerView view : turn.peers) {
      if (view.id().equals(known.id())) {
        return view.hello();
      }
    }
    return null;
  }

  /** This voter and the others as they have introduced themselves. */
  private static List<VoterEntry> founders(Turn turn) {
    var members = new ArrayList<VoterEntry>();
    members.add(
        new VoterEntry(turn.config.self(), turn.durable.incarnation(), turn.config.address()));
    for (VoterConfig.Peer peer : turn.config.peers()) {
      for (PeerView view : turn.peers) {
        PeerMessage.Hello hello = view.hello();
        if (view.id().equals(peer.id()) && hello != null) {
          members.add(new VoterEntry(peer.id(), hello.incarnation(), peer.address()));
        }
      }
    }
    members.sort((one, other) -> one.id().compareTo(other.id()));
    return members;
  }

  /** Whether this voter may vote for a candidate that has no record either, with this list. */
  static boolean mayVote(Turn turn, List<VoterEntry> candidates) {
    Durable durable = turn.durable;
    return durable.isBlank()
        ? candidates.size() == turn.config.peers().size() + 1
        : mayReplace(durable.members(), candidates);
  }

  /** Whether these are the same voters, at most half of them as other incarnations. */
  private static boolean mayReplace(List<VoterEntry> first, List<VoterEntry> next) {
    if (first.size() != next.size()) {
      return false;
    }
    int others = 0;
    for (int i = 0; i < first.size(); i++) {
      VoterEntry one = first.get(i);
      VoterEntry other = next.get(i);
      if (!one.id().equals(other.id()) || !one.address().equals(other.address())) {
        return false;
      }
      others += one.incarnation().equals(other.incarnation()) ? 0 : 1;
    }
    return others <= first.size() / 2;
  }
}
