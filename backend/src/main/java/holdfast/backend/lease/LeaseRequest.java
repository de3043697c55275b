package holdfast.backend.lease;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import java.util.List;

/**
 * What a holder sends to each voter, as arguments of one command each. A holder's id is made anew
 * at each start of its process: giving up is final for it.
 */
public sealed interface LeaseRequest {
  /** What a voter must read to understand them: {@link MessageVersion}. */
  int VERSION = MessageVersion.MINIMUM;

  /** Which process asks. */
  NodeId holder();

  /** The command: {@code HOLDFAST LEASE ...} and so on. */
  List<String> arguments();

  /**
   * Asks for the lease of whatever epoch the voter has accepted.
   *
   * @param sequence grows with each request to this voter; the answer repeats it
   * @param knownFingerprint of the record the holder has, 0 for none: the answer carries the record
   *     only if it differs
   * @param belowEpoch all epochs before it are given up, as in {@link GaveUp}. Said again with each
   *     request: a voter that knows of no such epoch learns that it was begun, and that it has to
   *     be finished, since this holder will never again write in an earlier one
   * @param engine whether an engine asks that is master: its lease is the shorter one
   */
  record Lease(NodeId holder, long sequence, long knownFingerprint, long belowEpoch, boolean engine)
      implements LeaseRequest {
    /** Asked by a proxy. */
    public Lease(NodeId holder, long sequence, long knownFingerprint, long belowEpoch) {
      this(holder, sequence, knownFingerprint, belowEpoch, false);
    }

    @Override
    public List<String> arguments() {
      return List.of(
          "HOLDFAST",
          "LEASE",
          Integer.toString(VERSION),
          holder.value(),
          Long.toString(sequence),
          Long.toHexString(knownFingerprint),
          Long.toString(belowEpoch),
          engine ? "1" : "0");
    }
  }

  /**
   * Says that this process acknowledges nothing any more in any epoch before {@code belowEpoch},
   * for good. Sent to each voter; answered with {@link LeaseReply.Changed} without a record.
   *
   * @param ends the process goes away, and gives up what it has: it has heard of no later epoch, so
   *     there is none that voters would have to finish
   */
  record GaveUp(NodeId holder, long belowEpoch, boolean ends) implements LeaseRequest {
    /** Of a holder that goes on, in the later epoch that it has heard of. */
    public GaveUp(NodeId holder, long belowEpoch) {
      this(holder, belowEpoch, false);
    }

    /** The same of a holder that asks for no lease any more, or not until it is master again. */
    public GaveUp ending() {
      return new GaveUp(holder, belowEpoch, true);
    }

    @Override
    public List<String> arguments() {
      return List.of(
          "HOLDFAST",
          "GAVEUP",
          Integer.toString(VERSION),
          holder.value(),
          Long.toString(belowEpoch),
          ends ? "1" : "0");
    }
  }

  /**
   * Asks to be told: answered with {@link LeaseReply.Changed} as soon as the voter has voted in a
   * later epoch than {@code knownVoted}, accepted a later record, or added to its record, at the
   * latest after {@code waitMillis}. Needs a connection of its own, since replies keep their order.
   *
   * @param shownFingerprint of the record this voter showed last, 0 if it is not known. Voters
   *     differ for a while in what they have added, and the holder has the sum of it: so it is told
   *     of each addition once, not as long as there is a difference
   */
  record Watch(
      NodeId holder, long knownVoted, long knownFingerprint, long waitMillis, long shownFingerprint)
      implements LeaseRequest {
    /** Longest wait a voter agrees to, ms. */
    public static final long WAIT_MILLIS_MAX = 10_000;

    @Override
    public List<String> arguments() {
      return List.of(
          "HOLDFAST",
          "WATCH",
          Integer.toString(VERSION),
          holder.value(),
          Long.toString(knownVoted),
          Long.toHexString(knownFingerprint),
          Long.toString(waitMillis),
          Long.toHexString(shownFingerprint));
    }
  }

  /**
   * Says that something is amiss with a backend: its link broke, or its replies stay out. A voter
   * then looks at once; it believes only what it sees itself. Answered with {@link
   * LeaseReply.Changed} without a record.
   */
  record Hint(NodeId holder, NodeAddress backend) implements LeaseRequest {
    @Override
    public List<String> arguments() {
      return List.of(
          "HOLDFAST", "HINT", Integer.toString(VERSION), holder.value(), backend.toString());
    }
  }

  /**
   * Reads a request.
   *
   * @param arguments all of the command, its name first, in any case
   * @throws IllegalArgumentException if it is none, with a text for the error reply
   */
  static LeaseRequest read(List<String> arguments) {
    Words words = new Words(arguments, 2);
    String name = arguments.size() < 2 ? "" : arguments.get(1);
    if (name.equalsIgnoreCase("LEASE")) {
      words.atLeast(5, name);
      words.version();
      return new Lease(words.nodeId(), words.number(), words.hex(), words.number(), words.flag());
    }
    if (name.equalsIgnoreCase("GAVEUP")) {
      words.atLeast(3, name);
      words.version();
      return new GaveUp(words.nodeId(), words.number(), words.flag());
    }
    if (name.equalsIgnoreCase("WATCH")) {
      words.atLeast(5, name);
      words.version();
      return new Watch(
          words.nodeId(),
          words.number(),
          words.hex(),
          Math.clamp(words.number(), 0, Watch.WAIT_MILLIS_MAX),
          words.hasNext() ? words.hex() : 0);
    }
    if (name.equalsIgnoreCase("HINT")) {
      words.atLeast(3, name);
      words.version();
      return new Hint(words.nodeId(), NodeAddress.parse(words.next()));
    }
    throw new IllegalArgumentException("unknown lease request");
  }
}
