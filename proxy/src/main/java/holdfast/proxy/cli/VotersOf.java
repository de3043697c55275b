package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.proxy.config.HoldfastConfig;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The voters that a configuration names, and what they must be shown.
 *
 * @param secret null for nothing
 */
record VotersOf(List<NodeAddress> addresses, @Nullable String secret) {
  VotersOf {
    addresses = List.copyOf(addresses);
  }

  /** Those the proxy asks; where the file is a voter's, that voter and its peers. */
  static VotersOf config(HoldfastConfig config) {
    var all = new LinkedHashSet<NodeAddress>();
    if (config.voter().backends().isEmpty()) {
      all.addAll(config.proxy().voters());
    } else {
      all.add(config.voter().announced());
      all.addAll(config.voter().peers());
    }
    return new VotersOf(
        new ArrayList<>(all),
        config.voter().secret().isSet() ? config.voter().secret().reveal() : null);
  }

  /** Never its secret. */
  @Override
  public String toString() {
    return addresses.toString();
  }
}
