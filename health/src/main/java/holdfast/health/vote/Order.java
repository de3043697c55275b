package holdfast.health.vote;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A planned switchover that this voter was asked for. Immutable.
 *
 * <pre>
 * CHECKING -> AGREEING -> SWITCHING
 * </pre>
 *
 * Before SWITCHING nothing has any effect: a refusal leaves everything as it was.
 *
 * @param replyTo names the asker to the shell
 * @param to whom the asker named; once chosen, who was
 * @param limitNanos within which a replica must have what the master has
 * @param askedNanos when it was asked for
 * @param deadlineNanos of the phase
 * @param master of the record when it was asked for
 * @param mark how far the master was when he was first heard since; -1 before
 * @param epoch it will take place in, 0 while CHECKING
 * @param round of the question to the other voters
 * @param agreed who would vote for it, this voter among them
 */
public record Order(
    Phase phase,
    long replyTo,
    @Nullable NodeAddress to,
    long limitNanos,
    long askedNanos,
    long deadlineNanos,
    NodeAddress master,
    long mark,
    long epoch,
    long round,
    List<NodeId> agreed) {
  /** How far it has come. */
  public enum Phase {
    /** Is there a replica that has what the master had a moment ago? */
    CHECKING,
    /** Would a majority vote for it, and can the backends be reached? */
    AGREEING,
    /** The epoch was begun. */
    SWITCHING
  }

  /** Copies the list. */
  public Order {
    agreed = List.copyOf(agreed);
  }

  static Order asked(VoterEvent.SwitchAsked asked, NodeAddress master, long nowNanos) {
    return new Order(
        Phase.CHECKING,
        asked.replyTo(),
        asked.to(),
        asked.limitNanos(),
        nowNanos,
        nowNanos + asked.limitNanos(),
        master,
        -1,
        0,
        0,
        List.of());
  }

  Order marked(long offset) {
    return new Order(
        phase,
        replyTo,
        to,
        limitNanos,
        askedNanos,
        deadlineNanos,
        master,
        offset,
        epoch,
        round,
        agreed);
  }

  Order agreeing(NodeAddress chosen, long inEpoch, long inRound, NodeId self, long untilNanos) {
    return new Order(
        Phase.AGREEING,
        replyTo,
        chosen,
        limitNanos,
        askedNanos,
        untilNanos,
        master,
        mark,
        inEpoch,
        inRound,
        List.of(self));
  }

  Order agreed(NodeId voter) {
    if (agreed.contains(voter)) {
      return this;
    }
    var more = new ArrayList<>(agreed);
    more.add(voter);
    return new Order(
        phase,
        replyTo,
        to,
        limitNanos,
        askedNanos,
        deadlineNanos,
        master,
        mark,
        epoch,
        round,
        more);
  }

  Order switching() {
    return new Order(
        Phase.SWITCHING,
        replyTo,
        to,
        limitNanos,
        askedNanos,
        deadlineNanos,
        master,
        mark,
        epoch,
        round,
        agreed);
  }
}
