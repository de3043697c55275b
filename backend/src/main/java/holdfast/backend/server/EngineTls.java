package holdfast.backend.server;

import holdfast.backend.transport.Tls;
import org.jspecify.annotations.Nullable;

/**
 * What encrypts an engine's connections, each null for nothing.
 *
 * @param clients who connect to it: applications, proxies, voters and replicas
 * @param masters it follows
 * @param voters it asks for its lease
 */
public record EngineTls(@Nullable Tls clients, @Nullable Tls masters, @Nullable Tls voters) {
  /** All in plain. */
  public static final EngineTls NONE = new EngineTls(null, null, null);
}
