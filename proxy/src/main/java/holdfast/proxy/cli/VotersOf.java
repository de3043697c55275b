package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.transport.FilesTls;
import holdfast.proxy.config.HoldfastConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The voters that a configuration names, and what they must be shown.
 *
 * @param secret null for nothing
 * @param tls how they are spoken to; null in plain
 */
record VotersOf(List<NodeAddress> addresses, @Nullable String secret, @Nullable FilesTls tls) {
  VotersOf {
    addresses = List.copyOf(addresses);
  }

  /** Voters that ask for nothing, in plain: all that a command line can name. */
  static VotersOf named(List<String> addresses) {
    return plain(addresses.stream().map(StatusCommand::address).toList());
  }

  /** The same. */
  static VotersOf plain(List<NodeAddress> addresses) {
    return new VotersOf(addresses, null, null);
  }

  /**
   * A connection to one of them, which has been shown the secret.
   *
   * @throws IOException also if it does not take it
   */
  ControlClient open(NodeAddress voter, int timeoutMillis) throws IOException {
    return ControlClient.open(voter, timeoutMillis, null, secret, tls);
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
        config.voter().secret().isSet() ? config.voter().secret().reveal() : null,
        TlsOf.voters(config.voter()));
  }

  /** Never its secret. */
  @Override
  public String toString() {
    return addresses.toString();
  }
}
