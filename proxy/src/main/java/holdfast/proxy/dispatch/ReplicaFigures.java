package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.routing.read.Rotation;

/**
 * What one loop has to tell of one replica. Written by its thread alone; others read a little late.
 */
public final class ReplicaFigures {
  private final NodeAddress address;
  private long reads;
  private volatile int share;
  private volatile Rotation.Reason reason = Rotation.Reason.UNKNOWN;
  private volatile long ageMillis = -1;
  private volatile long lagBytes = -1;
  private volatile long latencyNanos;

  ReplicaFigures(NodeAddress address) {
    this.address = address;
  }

  void read() {
    reads++;
  }

  void rotation(int itsShare, Rotation.Reason why) {
    share = itsShare;
    reason = why;
  }

  void data(long itsAgeMillis, long itsLagBytes, long itsLatencyNanos) {
    ageMillis = itsAgeMillis;
    lagBytes = itsLagBytes;
    latencyNanos = itsLatencyNanos;
  }

  /** Where it is. */
  public NodeAddress address() {
    return address;
  }

  /** Reads sent to it. */
  public long reads() {
    return reads;
  }

  /** Its share in the rotation: 0 for out, 1 for all of it. */
  public double share() {
    return (double) share / Rotation.WHOLE;
  }

  /** Why it is out of the rotation. */
  public Rotation.Reason reason() {
    return reason;
  }

  /** How old its data could be when it was last looked, in milliseconds; -1 if nobody knew. */
  public long ageMillis() {
    return ageMillis;
  }

  /** What it lacked of the master's stream then, in bytes; -1 if nobody knew. */
  public long lagBytes() {
    return lagBytes;
  }

  /** How long it takes to answer, in nanoseconds. */
  public long latencyNanos() {
    return latencyNanos;
  }
}
