package holdfast.proxy.config;

import holdfast.backend.model.NodeAddress;
import holdfast.routing.command.RepeatRules;
import holdfast.routing.plan.DurabilityRule;
import holdfast.routing.read.ReadRule;
import holdfast.routing.read.ReadSettings;
import java.util.List;

/**
 * Everything that {@code conf/holdfast.conf} says, checked as a whole. One file serves all parts;
 * each reads its own section and the common ones.
 *
 * @param durability replicas that must have a write before it is acknowledged
 * @param repeats what idempotent repeats beyond what is known
 * @param allowOffLoopback whether sockets may listen on other addresses than loopback though nobody
 *     has to authenticate there
 * @param logLevel of the log on standard error
 */
public record HoldfastConfig(
    Topology topology,
    DurabilityRule durability,
    InDoubt inDoubt,
    RepeatRules repeats,
    boolean allowOffLoopback,
    LogLevel logLevel,
    ProxySection proxy,
    HoldSection hold,
    ReadsSection reads,
    BackendsSection backends,
    VoterSection voter,
    EngineSection engine,
    AdminSection admin) {

  /** Backends that may be promoted; only they count. */
  public int countedBackends() {
    return (int) voter.backends().stream().filter(backend -> backend.priority() > 0).count();
  }

  /** K of the first record, as a voter says it. */
  public int replicasRequired() {
    return durability.replicasOf(countedBackends());
  }

  /** Where the proxy learns who is master. */
  public enum Topology {
    /** From our voters, under a lease. */
    QUORUM,
    /** One backend, always the same. */
    STATIC
  }

  /** What becomes of a write whose connection died before its reply. */
  public enum InDoubt {
    /** The client gets an error that says so. */
    ERROR,
    /** Repeated where the repetition leaves the same state and reply. */
    IDEMPOTENT,
    /** Servers keep replies, so that it can be asked for again. */
    EXACTLY_ONCE
  }

  /** Least severe message that is logged. */
  public enum LogLevel {
    DEBUG,
    INFO,
    WARN,
    ERROR
  }

  /** Who checks the credentials of clients. */
  public enum Auth {
    /** The proxy: one password. */
    OWN,
    /** The backends: their users, with the rights that they have there. */
    BACKEND
  }

  /** Whether a master refuses writes of clients that are cut off with it. */
  public enum MinReplicas {
    /** Where a write must be replicated before it is acknowledged. */
    AUTO,
    /** In any case. */
    ALWAYS,
    /** Never. */
    NEVER
  }

  /** When an engine's log is forced to disk. */
  public enum Fsync {
    ALWAYS,
    EVERYSEC,
    NO
  }

  /** Who may use an engine's DEBUG. */
  public enum DebugAccess {
    NO,
    LOCAL,
    YES
  }

  /** The way of event loops to the kernel. */
  public enum WayToKernel {
    /** Epoll where there is one, NIO elsewhere. */
    AUTO,
    EPOLL,
    IO_URING,
    NIO
  }

  /**
   * The proxy's front.
   *
   * @param name of this holder, empty for one made up at each start
   * @param voters whom to ask under QUORUM
   * @param backend the one backend under STATIC, null under QUORUM
   * @param auth who checks the credentials of clients
   * @param password that clients must give, if it is set
   * @param loops event loops, 0 for one to every two cores
   * @param transport their way to the kernel
   * @param bufferBytesMax what all loops together may have in buffers, 0 for half of what the JVM
   *     gives for such
   * @param clientsMax clients connected at a time
   * @param outputBytesMax of replies that wait for one client
   * @param idleNanosMax silence after which a client is closed, 0 for never
   * @param commandsPerSecondMax of one client, 0 for as many as it likes
   */
  public record ProxySection(
      String name,
      NodeAddress listen,
      WaysSection ways,
      List<NodeAddress> voters,
      @org.jspecify.annotations.Nullable NodeAddress backend,
      Auth auth,
      Secret password,
      int loops,
      WayToKernel transport,
      long bufferBytesMax,
      int clientsMax,
      long outputBytesMax,
      long idleNanosMax,
      int commandsPerSecondMax) {
    public ProxySection {
      voters = List.copyOf(voters);
    }
  }

  /** PEM files of one end of TLS; empty where there is none. */
  public record TlsSection(String certificate, String key, String authorities) {}

  /**
   * TLS of a port of our own parts.
   *
   * @param files of the end that listens
   * @param clientCertificates whether those who connect show one
   */
  public record PortTls(boolean enabled, TlsSection files, ClientCertificates clientCertificates) {
    /** Whether nobody comes in without a certificate. */
    public boolean admitsOnlyKnown() {
      return enabled && clientCertificates == ClientCertificates.REQUIRED;
    }
  }

  /** Whether clients show certificates. */
  public enum ClientCertificates {
    NONE,
    OPTIONAL,
    REQUIRED
  }

  /**
   * How clients come in beside the plain port.
   *
   * @param proxyProtocol whether connections to ports begin with a header that names the client
   * @param tlsListen where TLS is spoken, null for nowhere
   * @param unixSocket path of a socket, empty for none
   * @param unixSocketMode its permissions, three octal digits
   * @param listeners further ports
   */
  public record WaysSection(
      boolean proxyProtocol,
      @org.jspecify.annotations.Nullable NodeAddress tlsListen,
      TlsSection tls,
      ClientCertificates clientCertificates,
      String unixSocket,
      String unixSocketMode,
      List<ListenerSection> listeners) {
    public WaysSection {
      listeners = List.copyOf(listeners);
    }
  }

  /**
   * A port with a rule for reads of its own.
   *
   * @param tls whether TLS is spoken there, with the files of the proxy's
   */
  public record ListenerSection(NodeAddress listen, boolean tls, ReadRule reads) {}

  /** Bounds of what waits for a switch to end: nanoseconds and bytes. */
  public record HoldSection(long windowNanos, long clientBytesMax, long totalBytesMax) {}

  /**
   * Which backend serves reads.
   *
   * @param committed whether the master shows only what enough replicas have
   */
  public record ReadsSection(ReadSettings spread, boolean committed) {}

  /**
   * How our own connections to the backends authenticate, and are encrypted.
   *
   * @param user may be empty
   * @param tlsEnabled whether the backends speak TLS where they are named
   * @param verifyName whether a backend's certificate must be for the name that it is reached by
   */
  public record BackendsSection(
      String user, Secret password, boolean tlsEnabled, TlsSection tls, boolean verifyName) {}

  /** A backend and its priority: 0 is never promoted. */
  public record Backend(NodeAddress address, int priority) {}

  /**
   * One voter, and what the first record says. Times in nanoseconds.
   *
   * @param announce how others reach it, if not at {@code listen}; null for that
   * @param masterName what Sentinel clients call the master
   * @param peers all other voters
   * @param quorum voters that must agree that the master is down
   * @param emptyColdStart whether to go on empty if everything has come back empty
   * @param minReplicas whether masters are set to refuse writes once no replica follows them
   * @param secret that voters and proxies must show a voter, if it is set
   * @param tls of voters' ports; who connects to them uses the same files
   * @param verifyName whether a voter's certificate must be for the name that it is reached by
   * @param adminListen where status and switches are served over HTTP, null for nowhere
   */
  public record VoterSection(
      NodeAddress listen,
      @org.jspecify.annotations.Nullable NodeAddress announce,
      String masterName,
      String data,
      List<NodeAddress> peers,
      List<Backend> backends,
      int quorum,
      long pingNanos,
      long downAfterNanos,
      long refusedAfterNanos,
      long leaseNanos,
      long engineLeaseNanos,
      long consultWaitNanos,
      boolean emptyColdStart,
      MinReplicas minReplicas,
      Secret secret,
      PortTls tls,
      boolean verifyName,
      @org.jspecify.annotations.Nullable NodeAddress adminListen) {
    public VoterSection {
      peers = List.copyOf(peers);
      backends = List.copyOf(backends);
    }

    /** How others reach this voter; its identity among them. */
    public NodeAddress announced() {
      return announce == null ? listen : announce;
    }
  }

  /**
   * One engine.
   *
   * @param data folder of its append-only file, empty to keep nothing
   * @param password that clients must give, if it is set
   * @param fenced whether it starts without taking writes until a voter gives it a role
   * @param tls of its port; its own connections to masters are as to any backend
   * @param backlogBytes of the replication stream, for replicas that come back
   */
  public record EngineSection(
      NodeAddress listen,
      String data,
      Secret password,
      PortTls tls,
      boolean fenced,
      Fsync fsync,
      int databases,
      int clientsMax,
      long backlogBytes,
      DebugAccess debugCommand) {}

  /** Metrics and status over HTTP. */
  public record AdminSection(boolean enabled, NodeAddress listen) {}
}
