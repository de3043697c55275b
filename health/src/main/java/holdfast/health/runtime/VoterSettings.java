package holdfast.health.runtime;

import holdfast.backend.link.Credentials;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.transport.Tls;
import holdfast.health.detect.DetectTimings;
import holdfast.health.failover.BackendNeeds;
import holdfast.health.failover.FailoverConfig;
import holdfast.health.vote.VoterConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one voter is told by its operator. A voter's name is made of its address ({@link
 * NodeId#of}), so the addresses must be the same for everybody.
 *
 * @param listen where it listens
 * @param announced how proxies and the other voters reach it; it is its name too
 * @param peers the announced addresses of all other voters
 * @param backends all backends, as they reach each other
 * @param masterName what Sentinel clients call the master
 * @param data folder of its own for the vote and the record
 * @param quorum voters that must see the master down; a majority must in any case
 * @param replicasRequired K of the first record
 * @param times how soon it does what
 * @param allowEmptyColdStart if after a stop of everything every backend is empty, go on empty
 *     instead of waiting for an operator's word
 * @param backendLogin user of the backends, null for none
 * @param backendTls what encrypts connections to backends, null for nothing
 * @param voterTls what encrypts connections between voters, and with whoever asks them
 * @param secret what the other voters and holders must give with AUTH, null for nothing
 * @param minReplicas whether masters are set to refuse writes once no replica follows them
 */
public record VoterSettings(
    NodeAddress listen,
    NodeAddress announced,
    List<NodeAddress> peers,
    List<BackendEntry> backends,
    String masterName,
    Path data,
    int quorum,
    int replicasRequired,
    Times times,
    boolean allowEmptyColdStart,
    @Nullable Credentials backendLogin,
    @Nullable Tls backendTls,
    VoterTls voterTls,
    @Nullable String secret,
    BackendNeeds.MinReplicas minReplicas) {

  /**
   * How soon a voter does what. The lease lengths count for the first record only.
   *
   * @param ping between two questions to a backend, and two words to another voter
   * @param downAfter without a valid reply a backend is down
   * @param refusedAfter of refused connections it is down
   * @param lease of a holder
   * @param engineLease of an engine that is master
   * @param consultWait for the slower backends at K = 0
   */
  public record Times(
      Duration ping,
      Duration downAfter,
      Duration refusedAfter,
      Duration lease,
      Duration engineLease,
      Duration consultWait) {
    /** 100 ms, 1 s, 100 ms, 500 ms, 250 ms, 100 ms. */
    public static final Times STANDARD =
        new Times(
            Duration.ofMillis(100),
            Duration.ofSeconds(1),
            Duration.ofMillis(100),
            Duration.ofMillis(500),
            Duration.ofMillis(250),
            Duration.ofMillis(100));
  }

  /**
   * What encrypts connections to voters, each null for nothing.
   *
   * @param port where this one listens
   * @param peers to the others
   */
  public record VoterTls(@Nullable Tls port, @Nullable Tls peers) {
    /** All in plain. */
    public static final VoterTls NONE = new VoterTls(null, null);
  }

  /** Copies the lists; what is wrong between the values is refused here, with its text. */
  public VoterSettings {
    peers = List.copyOf(peers);
    backends = List.copyOf(backends);
    if (masterName.isEmpty() || masterName.length() > 64 || masterName.indexOf(' ') >= 0) {
      throw new IllegalArgumentException(
          "master name \"" + masterName + "\", expected one word of at most 64 characters");
    }
    if (peers.contains(announced)) {
      throw new IllegalArgumentException(
          "peers name " + announced + ", which is this voter; name the others only");
    }
    if (replicasRequired < 0 || replicasRequired >= backends.size()) {
      throw new IllegalArgumentException(
          "durability "
              + replicasRequired
              + " with "
              + backends.size()
              + " backends, expected fewer replicas than that");
    }
  }

  /** A voter that listens where the others reach it, with all defaults and a majority as quorum. */
  public static VoterSettings of(
      NodeAddress address, List<NodeAddress> peers, List<NodeAddress> backends, Path data) {
    return new VoterSettings(
        address,
        address,
        peers,
        backends.stream().map(backend -> new BackendEntry(backend, 100)).toList(),
        "mymaster",
        data,
        (peers.size() + 1) / 2 + 1,
        0,
        Times.STANDARD,
        false,
        null,
        null,
        VoterTls.NONE,
        null,
        BackendNeeds.MinReplicas.AUTO);
  }

  /** With other times. */
  public VoterSettings withTimes(Times other) {
    return with(draft -> draft.times = other);
  }

  /** With another K of the first record. */
  public VoterSettings withReplicasRequired(int other) {
    return with(draft -> draft.replicasRequired = other);
  }

  /** With a shared secret, or none. */
  public VoterSettings withSecret(@Nullable String other) {
    return with(draft -> draft.secret = other);
  }

  /** With another rule for masters without replicas. */
  public VoterSettings withMinReplicas(BackendNeeds.MinReplicas other) {
    return with(draft -> draft.minReplicas = other);
  }

  /** As another user of the backends, or as none. */
  public VoterSettings withBackendLogin(@Nullable Credentials other) {
    return with(draft -> draft.backendLogin = other);
  }

  /** With backends that speak TLS, or do not. */
  public VoterSettings withBackendTls(@Nullable Tls other) {
    return with(draft -> draft.backendTls = other);
  }

  /** With TLS between voters, or without. */
  public VoterSettings withVoterTls(VoterTls other) {
    return with(draft -> draft.voterTls = other);
  }

  private VoterSettings with(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return new VoterSettings(
        listen,
        announced,
        peers,
        backends,
        masterName,
        data,
        quorum,
        draft.replicasRequired,
        draft.times,
        allowEmptyColdStart,
        draft.backendLogin,
        draft.backendTls,
        draft.voterTls,
        draft.secret,
        draft.minReplicas);
  }

  /** What can differ, while it is being changed. */
  private static final class Draft {
    private int replicasRequired;
    private Times times;
    private @Nullable Credentials backendLogin;
    private @Nullable Tls backendTls;
    private VoterTls voterTls;
    private @Nullable String secret;
    private BackendNeeds.MinReplicas minReplicas;

    Draft(VoterSettings from) {
      replicasRequired = from.replicasRequired;
      times = from.times;
      backendLogin = from.backendLogin;
      backendTls = from.backendTls;
      voterTls = from.voterTls;
      secret = from.secret;
      minReplicas = from.minReplicas;
    }
  }

  /** Secrets are not shown. */
  @Override
  public String toString() {
    return "VoterSettings[" + announced + ", peers " + peers + ", backends " + backends + "]";
  }

  /** What the core needs of it. */
  VoterConfig config() {
    long ping = times.ping.toNanos();
    var detect =
        new DetectTimings(
            ping,
            10 * ping,
            times.downAfter.toNanos(),
            times.refusedAfter.toNanos(),
            Math.max(5 * ping, times.downAfter.toNanos() / 2));
    var failover =
        new FailoverConfig(
            backends,
            replicasRequired,
            times.lease.toNanos(),
            times.engineLease.toNanos(),
            2 * ping,
            times.consultWait.toNanos(),
            5 * ping,
            10 * ping,
            allowEmptyColdStart);
    return new VoterConfig(
        NodeId.of(announced),
        announced,
        peers.stream().map(peer -> new VoterConfig.Peer(NodeId.of(peer), peer)).toList(),
        quorum,
        detect,
        failover);
  }
}
