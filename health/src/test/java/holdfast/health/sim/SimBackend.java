package holdfast.health.sim;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.model.Role;
import holdfast.backend.model.RunId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A backend as far as the protocol sees it: run id, role, replid and replid2, offsets, asynchronous
 * replication with partial and full resync (which takes its time, and leaves the old data where it
 * is cut short), a new replid when the first replica attaches, a fenced start. Its data is the list
 * of writes it executed, so that a checker sees where histories part.
 */
final class SimBackend extends World.Node {
  private static final String ZEROS = "0".repeat(40);
  private static final int OFFSET_BASE = 100;
  private static final long COPY_NANOS = 800 * World.MS;

  private final World world;
  private final SimOptions options;
  private final List<SimBackend> all;
  final NodeAddress address;
  final List<SimConnection> connections = new ArrayList<>();

  RunId runId;
  private boolean master;
  private @Nullable SimBackend source;
  private boolean linkUp;

  /** A full copy is on its way; what was there before is still there. */
  private boolean copying;

  private long copiedNanos;
  private ReplicationId replid;
  private @Nullable ReplicationId second;
  private long secondOffset = -1;
  private boolean backlog;
  private int[] log = new int[16];
  private int size;
  private int generation;

  /** Direct clients' writes wait until then; here they are refused, which asks the same of them. */
  long pausedUntilNanos;

  private long commandedIn;
  private @Nullable SimEngine engine;
  private boolean lossy;

  SimBackend(
      World world,
      SimOptions options,
      List<SimBackend> all,
      int index,
      int number,
      boolean fenced) {
    super("b" + number, index);
    this.world = world;
    this.options = options;
    this.all = all;
    this.address = new NodeAddress("b" + number, 7000 + number);
    this.runId = new RunId(freshId());
    this.replid = new ReplicationId(freshId());
    this.master = !fenced;
    replicateLater();
  }

  private String freshId() {
    String hex = Long.toHexString(world.random.nextLong() >>> 1);
    return ZEROS.substring(hex.length()) + hex;
  }

  /** From now on it is an engine of ours. */
  void become(SimEngine made) {
    engine = made;
    backlog = true;
  }

  /** What makes it an engine of ours; null for a Redis. */
  @Nullable SimEngine engine() {
    return engine;
  }

  boolean isMaster() {
    return master;
  }

  boolean isReplicaOf(NodeAddress target) {
    return !master && source != null && source.address.equals(target);
  }

  boolean isCopying() {
    return copying;
  }

  int length() {
    return size;
  }

  /** Everything it has executed, in order. */
  int[] log() {
    return Arrays.copyOf(log, size);
  }

  /** The last write in its data, 0 for none. */
  int lastWrite() {
    int at = size;
    while (at > 0 && log[at - 1] == 0) {
      at--;
    }
    return at == 0 ? 0 : log[at - 1];
  }

  /** All writes in its data. */
  BitSet writes() {
    var writes = new BitSet();
    for (int i = 0; i < size; i++) {
      writes.set(log[i]);
    }
    writes.clear(0);
    return writes;
  }

  /** Whether it came back with less than it had, and has not caught up since. */
  boolean isLossy() {
    return lossy;
  }

  /** The latest epoch in whose name it was consulted or pointed. */
  long commandedIn() {
    return commandedIn;
  }

  int generation() {
    return generation;
  }

  long offset() {
    return size == 0 ? 0 : OFFSET_BASE + size;
  }

  NodeInfo info() {
    var replicas = new ArrayList<NodeInfo.Attached>();
    for (SimBackend other : all) {
      if (master && other.source == this && other.linkUp) {
        replicas.add(new NodeInfo.Attached(other.address, true, other.offset()));
      }
    }
    return new NodeInfo(
        runId,
        master ? Role.MASTER : Role.REPLICA,
        master ? null : source == null ? new NodeAddress("nobody", 1) : source.address,
        linkUp,
        copying,
        false,
        replid,
        second,
        secondOffset,
        offset(),
        master ? -1 : offset(),
        size == 0 ? 0 : 1,
        100,
        replicas,
        engine == null ? null : engine.state());
  }

  // ---- commands

  /** A write; false if it is no master, or an engine without a lease. */
  boolean write(int id) {
    if (!master || world.nowNanos() < pausedUntilNanos) {
      return false;
    }
    if (engine != null && !engine.allowsWrite()) {
      return false;
    }
    append(id);
    if (engine != null) {
      engine.executed();
    }
    return true;
  }

  void nudge() {
    if (master
        && world.nowNanos() >= pausedUntilNanos
        && !info().replicas().isEmpty()
        && (engine == null || engine.allowsWrite())) {
      append(0);
    }
  }

  private void append(int id) {
    if (size == log.length) {
      log = Arrays.copyOf(log, 2 * size);
    }
    log[size++] = id;
  }

  /** Whoever leads an epoch consults it, promotes it or points it. */
  void commanded(long epoch) {
    if (epoch < commandedIn) {
      throw new Violation(
          name + " obeyed a leader of epoch " + epoch + " after one of epoch " + commandedIn);
    }
    commandedIn = epoch;
  }

  /** A master without replicas loses its history after a while. */
  void forgetHistory() {
    if (master && engine == null) {
      world.tally.add(Tally.Seen.REPLICATION_ID_CHANGED);
      dropReplicas();
      replid = new ReplicationId(freshId());
      second = null;
      secondOffset = -1;
    }
  }

  void killEarlierLeaders(long epoch) {
    if (!options.has(Guard.STALE_LEADERS)) {
      return;
    }
    for (SimConnection connection : List.copyOf(connections)) {
      if (connection.epoch > 0 && connection.epoch < epoch) {
        world.tally.add(Tally.Seen.EARLIER_LEADER_KILLED);
        connection.killAtBackend();
      }
    }
  }

  void promote() {
    if (master) {
      world.tally.add(Tally.Seen.MASTER_PROMOTED_AGAIN);
    }
    second = replid;
    secondOffset = offset() + 1;
    replid = new ReplicationId(freshId());
    pausedUntilNanos = 0;
    master = true;
    follow(null);
    dropReplicas();
  }

  private void follow(@Nullable SimBackend other) {
    source = other;
    linkUp = false;
    copying = false;
  }

  /** REPLICAOF nobody: it keeps its data, history and offset. */
  void cut() {
    if (master || source != null) {
      world.tally.add(Tally.Seen.CUT_OFF);
    }
    master = false;
    follow(null);
    dropReplicas();
  }

  void replicaOf(NodeAddress target, @Nullable SimConnection by) {
    if (master && by != null) {
      world.tally.add(Tally.Seen.OLD_MASTER_DEMOTED);
      for (SimConnection connection : List.copyOf(connections)) {
        if (connection != by) {
          connection.killAtBackend();
        }
      }
    }
    master = false;
    follow(source);
    dropReplicas();
    for (SimBackend other : all) {
      if (other.address.equals(target)) {
        source = other;
      }
    }
  }

  private void dropReplicas() {
    for (SimBackend other : all) {
      if (other.source == this) {
        other.follow(this);
      }
    }
  }

  // ---- replication

  private void replicateLater() {
    world.after(
        world.between(10 * World.MS, 40 * World.MS),
        () -> {
          if (alive && !paused) {
            replicate();
          }
          replicateLater();
        });
  }

  private void replicate() {
    SimBackend from = source;
    if (master || from == null || from == this) {
      return;
    }
    if (!from.alive || from.paused || world.isCut(from, this) || world.isCut(this, from)) {
      if (!from.alive) {
        follow(from);
      }
      return;
    }
    if (!from.master) {
      follow(from); // NOMASTERLINK
      return;
    }
    if (copying) {
      copied(from);
      return;
    }
    if (!linkUp) {
      attach(from);
      return;
    }
    int missing = from.size - size;
    if (missing == 0 && !from.lossy) {
      lossy = false;
    }
    if (missing < 0) {
      throw new Violation(name + " is ahead of its master " + from.name + " on a live link");
    }
    // It lags by chance.
    int count = missing <= 2 ? missing : world.random.nextInt(missing + 1);
    for (int i = 0; i < count; i++) {
      append(from.log[size]);
    }
  }

  private void attach(SimBackend from) {
    if (!from.backlog) {
      // A backlog made for the first replica begins a new history.
      from.backlog = true;
      from.replid = new ReplicationId(freshId());
      from.second = null;
      from.secondOffset = -1;
    }
    boolean partial =
        size > 0
            && ((replid.equals(from.replid) && size <= from.size)
                || (replid.equals(from.second) && offset() < from.secondOffset));
    if (partial) {
      world.tally.add(Tally.Seen.PARTIAL_RESYNC);
      for (int i = 0; i < size; i++) {
        if (log[i] != from.log[i]) {
          throw new Violation(
              name + " and " + from.name + " differ at " + i + " within one history");
        }
      }
      if (!replid.equals(from.replid)) {
        second = replid;
        secondOffset = offset() + 1;
        replid = from.replid;
      }
      attached(from, " goes on from ");
      return;
    }
    if (engine != null && !engine.takes(from.replid)) {
      return;
    }
    world.tally.add(Tally.Seen.FULL_RESYNC);
    copying = true;
    // Mostly at once; now and then it takes longer than a switch does.
    copiedNanos =
        world.nowNanos() + (world.random.nextInt(4) == 0 ? world.between(0, COPY_NANOS) : 0);
    copied(from);
  }

  private void copied(SimBackend from) {
    if (world.nowNanos() - copiedNanos >= 0) {
      copying = false;
      if (replid.equals(from.replid) && from.size < size) {
        throw new Violation(
            name + " goes back from " + size + " to " + from.size + " within one history");
      }
      log = from.log.clone();
      size = from.size;
      replid = from.replid;
      second = null;
      secondOffset = -1;
      attached(from, " copied ");
    }
  }

  private void attached(SimBackend from, String how) {
    backlog = true;
    linkUp = true;
    world.log(() -> name + how + from.name + " at " + size);
  }

  // ---- life

  void kill() {
    world.crash(this);
    for (SimConnection connection : List.copyOf(connections)) {
      connection.kill();
    }
    connections.clear();
    dropReplicas();
    follow(source);
  }

  /** Starts fenced, with this much of its data. */
  void restart(int keep) {
    alive = true;
    generation++;
    if (options.has(Guard.RUN_ID)) {
      runId = new RunId(freshId());
    }
    follow(null);
    backlog = engine != null;
    second = null;
    secondOffset = -1;
    lossy |= keep < size;
    size = Math.min(size, keep);
    master = !options.has(Guard.FENCED_START);
    if (master && size > 0) {
      second = replid;
      secondOffset = offset() + 1;
    }
    if (master || size == 0) {
      replid = new ReplicationId(freshId());
    }
    if (engine != null) {
      engine.restart();
    }
  }
}
