package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord.BackendEntry;
import java.util.List;

/** Settings as tests of single steps use them. */
public final class TestConfigs {
  private static final long MS = 1_000_000;

  private TestConfigs() {}

  /** These backends at K = 0; leases of 500 ms and 250 ms. */
  public static FailoverConfig of(List<BackendEntry> backends) {
    return new FailoverConfig(
        backends, 0, 500 * MS, 250 * MS, 200 * MS, 100 * MS, 500 * MS, 1_000 * MS, false);
  }
}
