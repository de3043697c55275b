package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import java.util.List;

/** How far this voter's own candidacy has come: one record per stage of PROTOCOL.md. */
public sealed interface Stage {
  /** The epoch; 0 before the first. */
  long epoch();

  /** When the stage is given up, or for those that wait, over. */
  long deadlineNanos();

  /** A stage of a running attempt. */
  sealed interface Running extends Stage {
    /** What has been gathered so far. */
    Attempt attempt();

    /** The same stage with more gathered. */
    Running with(Attempt attempt);

    @Override
    default long epoch() {
      return attempt().epoch();
    }
  }

  /** Asks for votes. */
  record Voting(Attempt attempt, long deadlineNanos) implements Running {
    @Override
    public Running with(Attempt next) {
      return new Voting(next, deadlineNanos);
    }
  }

  /** Leads; waits until every lease of its majority has ended or was given up. */
  record Fencing(Attempt attempt, long deadlineNanos) implements Running {
    @Override
    public Running with(Attempt next) {
      return new Fencing(next, deadlineNanos);
    }
  }

  /**
   * Asks the backends where they stand.
   *
   * @param waitNanos until when slower ones are waited for at K = 0
   * @param asked backends asked over the present connection
   */
  record Consulting(
      Attempt attempt,
      long deadlineNanos,
      long waitNanos,
      List<NodeAddress> asked,
      List<Answer> answers)
      implements Running {
    /** Copies the lists. */
    public Consulting {
      asked = List.copyOf(asked);
      answers = List.copyOf(answers);
    }

    @Override
    public Running with(Attempt next) {
      return new Consulting(next, deadlineNanos, waitNanos, asked, answers);
    }
  }

  /** Has told one of them that it is master. */
  record Promoting(Attempt attempt, long deadlineNanos, Choice.Promote choice, List<Answer> answers)
      implements Running {
    /** Copies the list. */
    public Promoting {
      answers = List.copyOf(answers);
    }

    @Override
    public Running with(Attempt next) {
      return new Promoting(next, deadlineNanos, choice, answers);
    }
  }

  /** The record is out; a majority has to accept it. */
  record Activating(
      Attempt attempt, long deadlineNanos, AcceptedRecord record, List<NodeId> accepted)
      implements Running {
    /** Copies the list. */
    public Activating {
      accepted = List.copyOf(accepted);
    }

    @Override
    public Running with(Attempt next) {
      return new Activating(next, deadlineNanos, record, accepted);
    }
  }

  /** In force. The leader points the other backends at the master before others would. */
  record Adopting(long epoch, long deadlineNanos) implements Stage {}

  /** Not a candidate: never was, lost, or ended without a master. */
  record GivenUp(long epoch, long deadlineNanos, String reason) implements Stage {}
}
