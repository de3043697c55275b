package holdfast.health.vote;

import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import org.jspecify.annotations.Nullable;

/** Whatever happens to a voter. */
public sealed interface VoterEvent {
  /** Random numbers are drawn from 0 up to this, exclusive. */
  int RANDOM_BOUND = 1024;

  /** Time has passed; often, compared with the timings. */
  record Tick(int random) implements VoterEvent {}

  /** Another voter's message. */
  record PeerSaid(NodeId from, PeerMessage message) implements VoterEvent {}

  /** A holder asks for a lease or gives up; {@code replyTo} names the asker to the shell. */
  record HolderAsked(LeaseRequest request, long replyTo) implements VoterEvent {}

  /** A backend gave a valid reply: PONG, LOADING or MASTERDOWN. */
  record BackendReplied(NodeAddress backend) implements VoterEvent {}

  /** A backend's INFO on the watching connection. */
  record BackendInformed(NodeAddress backend, NodeInfo info) implements VoterEvent {}

  /** The watching connection to a backend is gone. */
  record BackendLost(NodeAddress backend) implements VoterEvent {}

  /** A connection to a backend was refused: its host says that nobody listens. */
  record BackendRefused(NodeAddress backend) implements VoterEvent {}

  /** The connection in the name of this epoch is up, and its name was answered. */
  record LinkNamed(long epoch, NodeAddress backend) implements VoterEvent {}

  /** That connection could not be made, or is gone, or a command on it failed. */
  record LinkFailed(long epoch, NodeAddress backend, boolean refused) implements VoterEvent {}

  /** A consulted backend's INFO, read after earlier leaders' connections were killed. */
  record Consulted(long epoch, NodeAddress backend, NodeInfo info) implements VoterEvent {}

  /** The promotion was answered; INFO read after it. */
  record Promoted(long epoch, NodeAddress backend, NodeInfo info) implements VoterEvent {}

  /** The backend was pointed at the master. */
  record Repointed(long epoch, NodeAddress backend) implements VoterEvent {}

  /** An operator changes the deployment; {@code replyTo} names the asker to the shell. */
  record ChangeAsked(ChangeRequest request, long replyTo) implements VoterEvent {}

  /** An operator says which backend's data counts. */
  record OperatorDecided(NodeAddress backend) implements VoterEvent {}

  /**
   * An operator asks for a planned switchover.
   *
   * @param to the wanted master, null for the replica that suits best
   * @param limitNanos within which it must have all that the master has: once before anything is
   *     changed, and once more when nobody writes
   * @param replyTo names the asker to the shell
   */
  record SwitchAsked(@Nullable NodeAddress to, long limitNanos, long replyTo)
      implements VoterEvent {}

  /** An operator wants no automatic switch, or wants them again. */
  record MaintenanceAsked(boolean on) implements VoterEvent {}
}
