package holdfast.backend.replication;

/** Whom to follow. */
public record MasterAddress(String host, int port) {
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
