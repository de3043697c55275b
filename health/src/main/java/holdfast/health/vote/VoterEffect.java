package holdfast.health.vote;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;

/** What a voter does. Performed in order; nothing after a failed {@link Persist} is. */
public sealed interface VoterEffect {
  /** On disk before anything that follows; if that fails this voter stops. */
  record Persist(Durable durable) implements VoterEffect {}

  /** A message to another voter; it may be lost. */
  record Send(NodeId to, PeerMessage message) implements VoterEffect {}

  /** The answer to a holder. */
  record Reply(long replyTo, LeaseReply reply) implements VoterEffect {}

  /** The answer to who asked for a switchover. */
  record SwitchAnswered(long replyTo, SwitchAnswer answer) implements VoterEffect {}

  /** PING and INFO on the watching connection, now; connect at once if there is none. */
  record LookNow(NodeAddress backend) implements VoterEffect {}

  /** INFO on the watching connection, now. */
  record AskInfo(NodeAddress backend) implements VoterEffect {}

  /** On the watching connection: a message to nobody, which moves the master's offset. */
  record Nudge(NodeAddress backend) implements VoterEffect {}

  /** Connect to a backend and name the connection after this epoch and voter. */
  record OpenLink(long epoch, NodeAddress backend) implements VoterEffect {}

  /** Close that connection; no event follows. */
  record CloseLink(long epoch, NodeAddress backend) implements VoterEffect {}

  /**
   * On it: kill connections named after earlier epochs, then INFO; {@code cut}: in one transaction
   * with REPLICAOF nobody, so that it gets, or as a master takes, nothing after its answer.
   */
  record Consult(long epoch, NodeAddress backend, boolean cut) implements VoterEffect {}

  /** On it: clients' writes wait, so long at most; a backend that cannot do that says so. */
  record Pause(long epoch, NodeAddress backend, long nanos) implements VoterEffect {}

  /** On it: they need not wait any more. */
  record Resume(long epoch, NodeAddress backend) implements VoterEffect {}

  /** On it: make it master ({@code again}: with a new replication id although it is one), INFO. */
  record Promote(long epoch, NodeAddress backend, boolean again) implements VoterEffect {}

  /**
   * On it: kill earlier leaders' connections and point it at the master; {@code demote} also kills
   * its clients' connections, in one transaction.
   */
  record Repoint(long epoch, NodeAddress backend, NodeAddress master, boolean demote)
      implements VoterEffect {}

  /** The answer to an operator's change: {@code done}, or the reason why not. */
  record ChangeAnswer(long replyTo, boolean done, String text) implements VoterEffect {}

  /** A line for the log; {@code warning}: an operator should look. */
  record Note(boolean warning, String text) implements VoterEffect {}
}
