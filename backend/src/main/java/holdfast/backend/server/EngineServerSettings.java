package holdfast.backend.server;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a server is started with.
 *
 * @param bind address and port to listen on; port 0 takes any free one
 * @param password what clients must give (requirepass); null for none
 * @param unprotected whether to listen beyond this machine without a password
 * @param fenced whether to start as {@code redis-server --replicaof 127.0.0.1 1} does: a replica
 *     without a master, which takes no writes and lets nobody follow it until it is given a role
 * @param databases how many, at least 1
 * @param voterSecret what voters want to hear before they grant a lease; null for nothing
 * @param tls what encrypts its connections
 */
public record EngineServerSettings(
    InetSocketAddress bind,
    @Nullable String password,
    boolean unprotected,
    boolean fenced,
    int databases,
    ClientSettings clients,
    ReplicationSettings replication,
    PersistenceSettings persistence,
    @Nullable String voterSecret,
    EngineTls tls) {
  /** Checks each, and the address against the password. */
  public EngineServerSettings {
    if (bind.isUnresolved()) {
      throw new IllegalArgumentException("cannot resolve " + bind.getHostString());
    }
    if (password != null && password.isEmpty()) {
      throw new IllegalArgumentException("an empty password, expected one or none");
    }
    if (!bind.getAddress().isLoopbackAddress() && password == null && !unprotected) {
      throw new IllegalArgumentException(
          "listening on "
              + bind.getHostString()
              + " without a password: set one, listen on 127.0.0.1, or allow it");
    }
    if (databases < 1 || databases > 65_536) {
      throw new IllegalArgumentException("databases " + databases + ", expected 1 to 65536");
    }
  }

  /** A master that keeps nothing, on this address. */
  public static EngineServerSettings at(InetSocketAddress bind) {
    return new EngineServerSettings(
        bind,
        null,
        false,
        false,
        16,
        ClientSettings.STANDARD,
        ReplicationSettings.STANDARD,
        PersistenceSettings.NONE,
        null,
        EngineTls.NONE);
  }

  /** The same on another address. */
  public EngineServerSettings withBind(InetSocketAddress value) {
    return new EngineServerSettings(
        value,
        password,
        unprotected,
        fenced,
        databases,
        clients,
        replication,
        persistence,
        voterSecret,
        tls);
  }

  /** The same with a password. */
  public EngineServerSettings withPassword(@Nullable String value) {
    return new EngineServerSettings(
        bind,
        value,
        unprotected,
        fenced,
        databases,
        clients,
        replication,
        persistence,
        voterSecret,
        tls);
  }

  /** The same, starting fenced or not. */
  public EngineServerSettings withFenced(boolean value) {
    return new EngineServerSettings(
        bind,
        password,
        unprotected,
        value,
        databases,
        clients,
        replication,
        persistence,
        voterSecret,
        tls);
  }

  /** The same with other limits for clients. */
  public EngineServerSettings withClients(ClientSettings value) {
    return new EngineServerSettings(
        bind,
        password,
        unprotected,
        fenced,
        databases,
        value,
        replication,
        persistence,
        voterSecret,
        tls);
  }

  /** The same with other replication. */
  public EngineServerSettings withReplication(ReplicationSettings value) {
    return new EngineServerSettings(
        bind,
        password,
        unprotected,
        fenced,
        databases,
        clients,
        value,
        persistence,
        voterSecret,
        tls);
  }

  /** The same with other persistence. */
  public EngineServerSettings withPersistence(PersistenceSettings value) {
    return new EngineServerSettings(
        bind,
        password,
        unprotected,
        fenced,
        databases,
        clients,
        replication,
        value,
        voterSecret,
        tls);
  }

  /** The same, with this said to voters. */
  public EngineServerSettings withVoterSecret(@Nullable String value) {
    return new EngineServerSettings(
        bind,
        password,
        unprotected,
        fenced,
        databases,
        clients,
        replication,
        persistence,
        value,
        tls);
  }

  /** The same with TLS. */
  public EngineServerSettings withTls(EngineTls value) {
    return new EngineServerSettings(
        bind,
        password,
        unprotected,
        fenced,
        databases,
        clients,
        replication,
        persistence,
        voterSecret,
        value);
  }

  /** Without the secrets: settings reach logs. */
  @Override
  public String toString() {
    return "EngineServerSettings[bind="
        + bind
        + ", password="
        + (password == null ? "none" : "set")
        + ", unprotected="
        + unprotected
        + ", fenced="
        + fenced
        + ", databases="
        + databases
        + ", "
        + clients
        + ", "
        + replication
        + ", "
        + persistence
        + "]";
  }
}
