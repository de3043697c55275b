package holdfast.proxy.runtime;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import holdfast.backend.transport.Tls;
import holdfast.backend.transport.Transport;
import holdfast.proxy.front.Listener;
import holdfast.proxy.hold.HoldLimits;
import holdfast.proxy.session.ClientLimits;
import holdfast.routing.command.CommandRules;
import holdfast.routing.command.InDoubtPolicy;
import holdfast.routing.command.RepeatRules;
import holdfast.routing.plan.DurabilityRule;
import holdfast.routing.read.ReadRule;
import holdfast.routing.read.ReadSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All that a proxy is told. Immutable and checked as a whole; start from {@link #of} and change
 * what differs.
 *
 * @param id its name among the holders of leases; a process id is added to it
 * @param host what to listen on: an address or name of this machine
 * @param port 1 to 65535, or 0 for any free one
 * @param ways how else clients come in
 * @param topology who says where the master is
 * @param access what clients must show
 * @param backend what is shown to backends
 * @param reads who serves reads
 * @param inDoubt what becomes of writes of unknown fate
 * @param repeats what may be repeated beyond what is known of commands
 * @param replication how many replicas must have a write
 * @param hold what waits for a master
 * @param clients what one client may cost
 * @param loops the threads that serve clients
 * @param drain how long a stop lets replies under way arrive
 */
public record ProxySettings(
    NodeId id,
    String host,
    int port,
    Ways ways,
    TopologySettings topology,
    Access access,
    Credentials backend,
    ReadSettings reads,
    InDoubtPolicy inDoubt,
    RepeatRules repeats,
    Replication replication,
    HoldLimits hold,
    ClientLimits clients,
    Loops loops,
    Duration drain) {

  /**
   * Who is let in.
   *
   * @param password what AUTH must name, null for none
   * @param openToAll listens beyond loopback without a password; said on purpose
   * @param byBackends clients log in as users of the backends
   */
  public record Access(@Nullable String password, boolean openToAll, boolean byBackends) {
    /** Nobody is asked; loopback only. */
    public static final Access LOCAL = new Access(null, false);

    /** Nobody is asked by the proxy, backends ask; loopback only. */
    public static final Access BACKENDS = new Access(null, false, true);

    /** By the proxy's own password. */
    public Access(@Nullable String password, boolean openToAll) {
      this(password, openToAll, false);
    }

    /** Refuses an empty password, and one that nobody would ask for. */
    public Access {
      if (password != null && password.isEmpty()) {
        throw new IllegalArgumentException("password is empty, expected one or none");
      }
      if (password != null && byBackends) {
        throw new IllegalArgumentException("a password of its own, and users of the backends");
      }
    }

    @Override
    public String toString() {
      return "Access[password="
          + (password == null ? "none" : "***")
          + ", open="
          + openToAll
          + (byBackends ? ", by backends" : "")
          + "]";
    }
  }

  /**
   * How clients come in.
   *
   * @param proxyProtocol whether connections to host and port begin with a header of the PROXY
   *     protocol
   * @param further beside host and port
   */
  public record Ways(boolean proxyProtocol, List<Listener> further) {
    /** By host and port alone, as they are. */
    public static final Ways PLAIN = new Ways(false, List.of());

    /** Copies the list. */
    public Ways {
      further = List.copyOf(further);
    }
  }

  /**
   * The event loops that serve clients, each a thread.
   *
   * @param transport their way to the kernel
   * @param count 0 for one to every two cores: the application and the servers beside it need the
   *     others, and fewer loops write more commands at once
   * @param bufferBytesMax what all of them together may have in buffers before clients are not read
   *     from; 0 for half of what the JVM gives for such
   */
  public record Loops(Transport transport, int count, long bufferBytesMax) {
    /** The least that all of them together may have in buffers. */
    public static final long BUFFER_BYTES_MIN = 1024 * 1024;

    /** The least that one of them has. */
    private static final long EACH_BYTES_MIN = 256 * 1024;

    /** Loops a proxy may have. */
    public static final int COUNT_MAX = 256;

    /** One to every two cores, over the best transport there is. */
    public static Loops usual() {
      return new Loops(Transport.best(), 0, 0);
    }

    /** Refuses a count out of bounds. */
    public Loops {
      if (count < 0 || count > COUNT_MAX) {
        throw new IllegalArgumentException("loops " + count + ", expected 0 to " + COUNT_MAX);
      }
      if (bufferBytesMax != 0 && bufferBytesMax < BUFFER_BYTES_MIN) {
        throw new IllegalArgumentException(
            "buffers of " + bufferBytesMax + " bytes, expected 0 or " + BUFFER_BYTES_MIN);
      }
    }

    /** What one of so many may have in buffers. */
    long bufferBytesMaxOfEach(int loops) {
      long all = bufferBytesMax > 0 ? bufferBytesMax : EventLoops.bufferMemoryBytes() / 2;
      return Math.max(EACH_BYTES_MIN, all / loops);
    }

    EventLoops start() {
      int cores = Runtime.getRuntime().availableProcessors();
      int threads = count > 0 ? count : Math.min((cores + 1) / 2, COUNT_MAX);
      return EventLoops.start(transport, "proxy", threads);
    }
  }

  /**
   * What replies of the master wait for.
   *
   * @param durability replicas that must have a write before it is acknowledged; the voters' record
   *     may require more
   * @param readCommitted reads at the master wait for what they show as writes do
   */
  public record Replication(DurabilityRule durability, boolean readCommitted) {
    /** What the record requires and nothing beyond it. */
    public static final Replication RECORDED = new Replication(DurabilityRule.NONE, true);
  }

  /**
   * How the proxy reaches a server and shows itself to it.
   *
   * @param user null for the default one
   * @param password null for none
   * @param tls null for none
   */
  public record Credentials(@Nullable String user, @Nullable String password, @Nullable Tls tls) {
    /** Shows nothing. */
    public static final Credentials NONE = new Credentials(null, null);

    /** Without TLS. */
    public Credentials(@Nullable String user, @Nullable String password) {
      this(user, password, null);
    }

    /** The behaviour of sockets to a server. */
    SocketOptions socket() {
      return SocketOptions.STANDARD.withTls(tls);
    }

    /** A user needs a password. */
    public Credentials {
      if (user != null && password == null) {
        throw new IllegalArgumentException("user " + user + " without a password");
      }
    }

    @Override
    public String toString() {
      return "Credentials["
          + (user == null ? "default" : user)
          + (tls == null ? "" : ", TLS")
          + "]";
    }
  }

  /** Checks each value and that they fit each other. */
  public ProxySettings {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port + ", expected 0 to 65535");
    }
    if (drain.isNegative()) {
      throw new IllegalArgumentException("drain " + drain + ", expected 0 or more");
    }
    if (access.password() == null && !access.openToAll()) {
      refuseOffLoopback(host);
      for (Listener listener : ways.further()) {
        // One that asks for certificates knows whom it lets in.
        if (listener instanceof Listener.Tcp tcp && tcp.tls() == null) {
          refuseOffLoopback(tcp.address().getHostString());
        }
      }
    }
  }

  /** What operators say of commands by name. */
  CommandRules commandRules() {
    return new CommandRules(reads.classes(), repeats);
  }

  private static void refuseOffLoopback(String host) {
    if (!isLoopback(host)) {
      throw new IllegalArgumentException(
          "host " + host + " is not loopback: set a password, or allow it openly");
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("host " + host + " is not known here", e);
    }
  }

  /** The defaults: reads from the master, in-doubt writes are errors, loopback only. */
  public static ProxySettings of(NodeAddress listen, TopologySettings topology) {
    return of(listen.host(), listen.port(), topology);
  }

  /** The defaults, on a port that may be 0 for any free one. */
  public static ProxySettings of(String host, int port, TopologySettings topology) {
    return new ProxySettings(
        new NodeId("proxy"),
        host,
        port,
        Ways.PLAIN,
        topology,
        Access.LOCAL,
        Credentials.NONE,
        ReadSettings.STANDARD,
        InDoubtPolicy.ERROR,
        RepeatRules.NONE,
        Replication.RECORDED,
        HoldLimits.STANDARD,
        ClientLimits.STANDARD,
        Loops.usual(),
        Duration.ofSeconds(2));
  }

  /** The same with another name. */
  public ProxySettings withId(NodeId other) {
    return with(draft -> draft.id = other);
  }

  /** The same with other ways in. */
  public ProxySettings withWays(Ways other) {
    return with(draft -> draft.ways = other);
  }

  /** The same with other credentials for clients. */
  public ProxySettings withAccess(Access other) {
    return with(draft -> draft.access = other);
  }

  /** The same with other credentials for backends. */
  public ProxySettings withBackend(Credentials other) {
    return with(draft -> draft.backend = other);
  }

  /** The same with another rule for reads where nothing else is said. */
  public ProxySettings withReads(ReadRule other) {
    return withReads(reads.withStandard(other));
  }

  /** The same with another way to spread reads. */
  public ProxySettings withReads(ReadSettings other) {
    return with(draft -> draft.reads = other);
  }

  /** How old data may be at most for some rule that is configured. */
  ReadRule widestReads() {
    ReadRule widest = reads.standard();
    for (Listener listener : ways.further()) {
      ReadRule rule = listener.reads();
      if (rule != null) {
        widest = widest.widenedBy(rule);
      }
    }
    return widest;
  }

  /** The same with another policy for writes of unknown fate. */
  public ProxySettings withInDoubt(InDoubtPolicy other) {
    return with(draft -> draft.inDoubt = other);
  }

  /** The same with other rules of repetition. */
  public ProxySettings withRepeats(RepeatRules other) {
    return with(draft -> draft.repeats = other);
  }

  /** The same with another number of replicas that must have a write. */
  public ProxySettings withReplication(Replication other) {
    return with(draft -> draft.replication = other);
  }

  /** The same with other limits for what waits. */
  public ProxySettings withHold(HoldLimits other) {
    return with(draft -> draft.hold = other);
  }

  /** The same with other limits for clients. */
  public ProxySettings withClients(ClientLimits other) {
    return with(draft -> draft.clients = other);
  }

  /** The same with another number of loops. */
  public ProxySettings withLoops(int other) {
    return withLoops(new Loops(loops.transport(), other, loops.bufferBytesMax()));
  }

  /** The same with other loops. */
  public ProxySettings withLoops(Loops other) {
    return with(draft -> draft.loops = other);
  }

  /** The same with another time to drain. */
  public ProxySettings withDrain(Duration other) {
    return with(draft -> draft.drain = other);
  }

  private ProxySettings with(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.settings();
  }

  /** What can differ, while it is being changed. */
  private static final class Draft {
    private final ProxySettings from;
    private NodeId id;
    private Ways ways;
    private Access access;
    private Credentials backend;
    private ReadSettings reads;
    private InDoubtPolicy inDoubt;
    private RepeatRules repeats;
    private Replication replication;
    private HoldLimits hold;
    private ClientLimits clients;
    private Loops loops;
    private Duration drain;

    Draft(ProxySettings from) {
      this.from = from;
      id = from.id;
      ways = from.ways;
      access = from.access;
      backend = from.backend;
      reads = from.reads;
      inDoubt = from.inDoubt;
      repeats = from.repeats;
      replication = from.replication;
      hold = from.hold;
      clients = from.clients;
      loops = from.loops;
      drain = from.drain;
    }

    ProxySettings settings() {
      return new ProxySettings(
          id,
          from.host,
          from.port,
          ways,
          from.topology,
          access,
          backend,
          reads,
          inDoubt,
          repeats,
          replication,
          hold,
          clients,
          loops,
          drain);
    }
  }
}
