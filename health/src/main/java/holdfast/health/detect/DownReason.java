package holdfast.health.detect;

/** Why a voter takes the master to be down (sdown). */
public enum DownReason {
  /** It is not down. */
  UP,
  /** No valid reply for down-after. */
  SILENT,
  /** Connections refused for refused-after: no process listens. */
  REFUSED,
  /** Another process answers at its address; it may have come back empty. */
  RUN_ID_CHANGED,
  /** The process that the record names says for down-after that it is a replica. */
  NOT_MASTER,
  /**
   * At K >= 1 it has fewer than K adopted replicas for down-after, while enough other backends
   * could go on with one of them.
   */
  TOO_FEW_REPLICAS
}
