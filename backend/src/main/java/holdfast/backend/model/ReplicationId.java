package holdfast.backend.model;

/** INFO's {@code master_replid}: names one history of writes; offsets compare only within one. */
public record ReplicationId(String value) implements Comparable<ReplicationId> {
  /** Refuses anything but 40 hexadecimal digits. */
  public ReplicationId {
    Hex40.checked("replication id", value);
  }

  @Override
  public int compareTo(ReplicationId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
