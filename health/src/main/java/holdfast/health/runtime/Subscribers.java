package holdfast.health.runtime;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who has subscribed to Sentinel's events; of those {@code +switch-master} is told. On the loop.
 */
final class Subscribers {
  private static final String SWITCH = "+switch-master";

  private final String masterName;
  private final List<VoterConnection> connections = new ArrayList<>();

  Subscribers(String masterName) {
    this.masterName = masterName;
  }

  void add(VoterConnection connection) {
    if (!connections.contains(connection)) {
      connections.add(connection);
    }
  }

  void remove(VoterConnection connection) {
    connections.remove(connection);
  }

  void switched(@Nullable AcceptedRecord before, AcceptedRecord now) {
    if (before == null || before.master().equals(now.master())) {
      return;
    }
    String text = masterName + " " + words(before.master()) + " " + words(now.master());
    connections.forEach(connection -> connection.published(SWITCH, text));
  }

  private static String words(NodeAddress address) {
    return address.host() + " " + address.port();
  }
}
