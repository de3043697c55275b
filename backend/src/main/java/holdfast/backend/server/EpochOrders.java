package holdfast.backend.server;

import holdfast.backend.engine.Client;
import holdfast.backend.engine.CommandError;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.replication.EpochGuard;
import holdfast.backend.replication.MasterAddress;
import holdfast.backend.store.EpochFile;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What leaders of epochs order here, each order checked and obeyed in one step: where the node
 * stands, being master, being a replica. An epoch is on disk before its order is answered.
 *
 * <p>Source: PROTOCOL.md, "Switching the master", steps 4, 5 and 7. The loop's thread only.
 */
final class EpochOrders {
  private static final Logger LOG = LoggerFactory.getLogger(EpochOrders.class);

  private final ServerContext server;
  private final EngineLease lease;
  private final EpochFile file;
  private final RollbackKeeper rollbacks;
  private EpochGuard guard = EpochGuard.startingAt(0);
  private long keptEpoch;
  private long staleOrders;

  EpochOrders(ServerContext server, EngineLease lease) {
    this.server = server;
    this.lease = lease;
    this.file = new EpochFile(server.settings().persistence().folder());
    this.rollbacks = new RollbackKeeper(server);
  }

  /**
   * At the start, once the data folder is ours.
   *
   * @return whether an epoch had been heard of
   */
  boolean load() throws IOException {
    keptEpoch = file.read();
    guard = EpochGuard.startingAt(keptEpoch);
    if (guard.isLed()) {
      LOG.info("has heard of epoch {}: fenced until a leader says more", guard.heardEpoch());
    }
    return guard.isLed();
  }

  EpochGuard guard() {
    return guard;
  }

  RollbackKeeper rollbacks() {
    return rollbacks;
  }

  /** Orders that were not obeyed for being of an earlier epoch. */
  long staleOrders() {
    return staleOrders;
  }

  /** Why REPLICAOF is not obeyed; null: it is. */
  @Nullable String refusalOfOperator() {
    return guard.isLed()
        ? "ERR the voters decide who is master here, now in epoch "
            + guard.heardEpoch()
            + ": ask them for a switch (SENTINEL FAILOVER at a voter)"
        : null;
  }

  private void check(@Nullable String refusal) {
    if (refusal != null) {
      if (refusal.startsWith("STALEEPOCH")) {
        staleOrders++;
        LOG.warn("{}", refusal);
      }
      throw new CommandError(refusal);
    }
  }

  /** From here on nothing of an earlier epoch counts; returns once that is on disk. */
  private void hear(long epoch) {
    if (epoch > guard.heardEpoch()) {
      // Stricter at once, also if the disk refuses: that costs nobody anything but this node.
      guard = guard.heard(epoch);
      lease.deposed(epoch);
    }
    if (keptEpoch >= guard.heardEpoch()) {
      return;
    }
    try {
      file.write(guard.heardEpoch());
      keptEpoch = guard.heardEpoch();
    } catch (IOException e) {
      LOG.error("epoch {} cannot be kept, so its leader is refused: {}", epoch, e.toString());
      throw new CommandError("MISCONF epoch " + epoch + " cannot be written: " + e.getMessage());
    }
  }

  /**
   * The leader of an epoch asks where this node stands: no earlier leader is obeyed from now on.
   *
   * @param following whether it goes on following its master: a planned switch waits for it
   * @param answer called once, perhaps later, with null or an error
   */
  void consult(long epoch, boolean following, Consumer<@Nullable CommandError> answer) {
    check(guard.refusal(epoch));
    hear(epoch);
    if (following || epoch == guard.promotedEpoch() || server.follower().isMaster()) {
      answer.accept(null);
      return;
    }
    server
        .follower()
        .cutAtTheEnd(
            () -> {
              String stale = guard.refusal(epoch);
              answer.accept(stale == null ? null : new CommandError(stale));
            });
  }

  /** Makes this node the master of an epoch. */
  void promote(long epoch, String runId, long leastOffset, List<NodeAddress> voters) {
    var standing =
        new EpochGuard.Standing(
            server.engine().settings().runId(),
            server.stream().history().offset(),
            !server.follower().isSyncing());
    check(guard.refusalOfPromotion(epoch, runId, leastOffset, standing));
    if (epoch == guard.promotedEpoch()) {
      return; // asked again: the same answer
    }
    hear(epoch);
    guard = guard.promoted(epoch);
    LOG.info("promoted in epoch {}", epoch);
    lease.begin(epoch, voters);
    server.follower().beginHistory();
  }

  /**
   * Makes this node a replica.
   *
   * @param histories replication ids of the epoch; a snapshot of any other history is refused
   * @param commonOffset up to where this node's data is the master's too; -1 if nobody knows
   * @param voters whom it would ask for its lease, were it master; empty if it was not told
   */
  void follow(
      long epoch,
      MasterAddress master,
      Set<String> histories,
      long commonOffset,
      List<NodeAddress> voters,
      Client by) {
    check(guard.refusalOfFollowing(epoch));
    hear(epoch);
    boolean wasMaster = server.follower().isMaster();
    rollbacks.keep(epoch, histories, commonOffset);
    guard = guard.following(epoch);
    // This epoch's too: it may have asked for it before it heard that another one is master.
    lease.rest(voters);
    server.follower().follow(master, histories);
    lease.notNeeded();
    if (wasMaster) {
      server.closeClients(by);
    }
  }
}
