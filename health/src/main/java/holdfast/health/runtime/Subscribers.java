package holdfast.health.runtime;

import holdfast.health.report.SentinelEvent;
import java.util.ArrayList;
import java.util.List;

/** Who has subscribed to Sentinel's events. On the loop. */
final class Subscribers {
  private final List<VoterConnection> connections = new ArrayList<>();

  void add(VoterConnection connection) {
    if (!connections.contains(connection)) {
      connections.add(connection);
    }
  }

  void remove(VoterConnection connection) {
    connections.remove(connection);
  }

  boolean none() {
    return connections.isEmpty();
  }

  void published(SentinelEvent event) {
    // A copy: one that does not read is closed on the way.
    List.copyOf(connections)
        .forEach(connection -> connection.published(event.channel(), event.text()));
  }
}
