package holdfast.routing.read;

/** Who serves reads. */
public enum ReadPolicy {
  /** The master alone: each read is current. */
  MASTER,
  /** A replica if one is fit, else what {@link Otherwise} says. */
  REPLICA_PREFERRED,
  /** Replicas and never the master: without one, reads wait or are refused. */
  REPLICA_ONLY,
  /** Replicas and the master alike, those of the proxy's own zone before all others. */
  NEAREST,
  /** Replicas and the master alike. */
  ANY
}
