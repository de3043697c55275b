package holdfast.backend.model;

/** INFO's {@code run_id}: random at each start of a server process, so that a restart shows. */
public record RunId(String value) implements Comparable<RunId> {
  /** Refuses anything but 40 hexadecimal digits. */
  public RunId {
    Hex40.checked("run id", value);
  }

  @Override
  public int compareTo(RunId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
