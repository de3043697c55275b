package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespValue;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who is master, by what voters answer to {@code SENTINEL masters}. Any thread. */
final class MasterView {
  private static final int ASK_MILLIS = 500;

  private final VotersOf voters;

  MasterView(List<NodeAddress> voters) {
    this.voters = VotersOf.plain(voters);
  }

  /** A master and the epoch in which it became one. */
  record Master(NodeAddress address, long epoch) {}

  /** The master of the latest epoch that any voter knows; null if none knows one. */
  @Nullable Master current() {
    Master latest = null;
    for (NodeAddress voter : voters.addresses()) {
      Master master = at(voters, voter);
      if (master != null && (latest == null || master.epoch() > latest.epoch())) {
        latest = master;
      }
    }
    return latest;
  }

  /** What one voter says; null if it does not answer or knows none. */
  static @Nullable Master at(VotersOf of, NodeAddress voter) {
    try (var client = of.open(voter, ASK_MILLIS)) {
      RespValue reply = client.call("SENTINEL", "MASTERS");
      for (RespValue entry : reply.items()) {
        Map<String, String> fields = fields(entry);
        String ip = fields.get("ip");
        String port = fields.get("port");
        String epoch = fields.get("config-epoch");
        if (ip != null && port != null && epoch != null) {
          return new Master(new NodeAddress(ip, Integer.parseInt(port)), Long.parseLong(epoch));
        }
      }
      return null;
    } catch (IOException | IllegalStateException | IllegalArgumentException e) {
      return null; // not there, or not able to say: the others are asked
    }
  }

  private static Map<String, String> fields(RespValue entry) {
    List<RespValue> items = entry.items();
    var fields = new HashMap<String, String>();
    for (int i = 0; i + 1 < items.size(); i += 2) {
      fields.put(items.get(i).text(), items.get(i + 1).text());
    }
    return fields;
  }
}
