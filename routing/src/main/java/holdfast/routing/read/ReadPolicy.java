package holdfast.routing.read;

/** Who serves reads. */
public enum ReadPolicy {
  /** The master alone: each read is current. */
  MASTER,
  /** A replica if one is fit, else the master. */
  REPLICA_PREFERRED,
  /** Replicas and the master alike. */
  ANY
}
