package holdfast.health.sim;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseView;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A proxy as far as the lease and K go: its lease ({@link SimLease}), and one client that writes
 * and reads at the master through it. What was executed is released once K adopted replicas have
 * it, judged by the master's INFO, and the lease still runs. Told of a planned switchover it sends
 * nothing more, and gives up when its command is answered or its lease ended.
 */
final class SimHolder extends World.Node {
  private static final long TIMEOUT_NANOS = 700 * World.MS;
  private static final long CONFIRM_NANOS = 15 * World.MS;

  private final Simulation sim;
  private final World world;
  private final SimClock clock;
  private SimLease lease;
  private long drainingEpoch;
  private @Nullable SimConnection connection;
  private @Nullable AcceptedRecord connectedFor;
  private @Nullable Request request;
  private int starts;

  /** One command of the client: {@code write} is 0 for a read, {@code shown} what a read shows. */
  private record Request(SimConnection link, long epoch, int write, int shown, long offset) {}

  SimHolder(Simulation sim, int index, int number) {
    super("h" + number, index);
    this.sim = sim;
    this.world = sim.world;
    this.clock = new SimClock(world);
    this.lease = begin(name);
  }

  /**
   * Its clock goes back to where it was so long ago, as a snapshot that is resumed would see it.
   */
  void loseTime(long nanos) {
    clock.lose(nanos);
  }

  long heldEpoch() {
    return lease.heldEpoch();
  }

  private SimLease begin(String id) {
    var begun = new SimLease(sim, this, clock, LeaseHolder.draining(new NodeId(id)), this::onView);
    begun.start(sim.voters);
    world.every(25 * World.MS, this, this::next);
    world.every(10 * World.MS, this, this::drain);
    return begun;
  }

  private void onView(LeaseView view) {
    if (view.draining() && drainingEpoch != view.epoch()) {
      drainingEpoch = view.epoch();
      world.tally.add(Tally.Seen.DRAIN_BEGUN);
      drain();
    }
  }

  /** Gives up as soon as nothing is under way; the end of the lease ends it in any case. */
  private void drain() {
    LeaseView view = lease.view();
    if (view.draining() && request == null && lease.drained(view.epoch())) {
      world.tally.add(Tally.Seen.DRAIN_DONE);
    }
  }

  // ---- the client

  private void next() {
    AcceptedRecord record = lease.view().record();
    if (record == null
        || request != null
        || lease.view().draining()
        || (sim.options.has(Guard.LEASE_CHECK) && heldEpoch() != record.epoch())) {
      return;
    }
    SimConnection link = connected(record);
    if (link == null) {
      return;
    }
    int write = world.chance(0.3) ? 0 : sim.nextWrite();
    var asked = new Request(link, record.epoch(), write, 0, -1);
    request = asked;
    link.send(
        () -> {
          SimBackend backend = link.backend;
          boolean done =
              backend.runId.equals(record.masterRunId())
                  && (write == 0 ? backend.isMaster() : backend.write(write));
          int shown = backend.lastWrite();
          NodeInfo info = backend.info();
          long moment = sim.checker.moment();
          link.reply(
              () -> {
                if (request != asked) {
                  return;
                }
                request = null;
                if (done) {
                  var executed =
                      new Request(link, asked.epoch(), write, shown, info.masterOffset());
                  request = executed;
                  confirmed(executed, info, moment);
                }
              });
        });
    int born = life;
    world.after(
        TIMEOUT_NANOS,
        () -> {
          Request now = request;
          if (life == born && now != null && now.link() == link && now.write() == write) {
            inDoubt();
            link.close();
            connection = null;
          }
        });
  }

  /** Whether it was executed nobody knows. */
  private void inDoubt() {
    Request asked = request;
    request = null;
    if (asked != null && asked.write() > 0) {
      sim.switchovers.inDoubt(name);
    }
  }

  private @Nullable SimConnection connected(AcceptedRecord record) {
    SimBackend master = sim.backend(record.master());
    SimConnection link = connection;
    if (link != null
        && !link.isDead()
        && link.backend == master
        && connectedFor != null
        && connectedFor.epoch() == record.epoch()) {
      return link;
    }
    if (!master.alive) {
      return null;
    }
    if (link != null) {
      link.close();
    }
    connectedFor = record;
    var made = new SimConnection[1];
    made[0] =
        new SimConnection(
            world,
            this,
            master,
            0,
            () -> {
              // One that was replaced meanwhile says nothing of what its successor carries.
              if (connection == made[0]) {
                connection = null;
                inDoubt();
              }
            });
    connection = made[0];
    return made[0];
  }

  /** The master's INFO, read after the command: enough adopted replicas may have it now. */
  private void confirmed(Request asked, NodeInfo info, long moment) {
    AcceptedRecord record = lease.view().record();
    if (record == null || record.epoch() != asked.epoch()) {
      inDoubt();
      return;
    }
    int k = record.replicasRequired();
    int needed = k - (sim.options.has(Guard.K_OF_RECORD) ? 0 : 1);
    boolean ours =
        info.role() == Role.MASTER
            && info.runId().equals(record.masterRunId())
            && record.replicationIds().contains(info.replicationId());
    List<NodeAddress> having = ours ? having(record, info, asked.offset()) : List.of();
    boolean readAtOnce = asked.write() == 0 && !sim.options.has(Guard.READ_COMMIT);
    if (k == 0 || readAtOnce || (ours && having.size() >= needed)) {
      if (k > 0) {
        world.tally.add(Tally.Seen.K_CONFIRMED);
      }
      release(asked, record, having, moment);
      return;
    }
    world.tally.add(ours ? Tally.Seen.K_WAITED : Tally.Seen.UNRECORDED_NOT_CONFIRMED);
    int born = life;
    world.after(
        CONFIRM_NANOS,
        () -> {
          if (life == born && request == asked) {
            world.atNode(this, () -> confirm(asked));
          }
        });
  }

  private void confirm(Request asked) {
    asked
        .link()
        .send(
            () -> {
              NodeInfo info = asked.link().backend.info();
              long moment = sim.checker.moment();
              asked
                  .link()
                  .reply(
                      () -> {
                        if (request == asked) {
                          confirmed(asked, info, moment);
                        }
                      });
            });
  }

  private List<NodeAddress> having(AcceptedRecord record, NodeInfo info, long offset) {
    var having = new ArrayList<NodeAddress>();
    for (NodeInfo.Attached replica : info.replicas()) {
      if (!replica.online() || replica.offset() < offset) {
        continue;
      }
      if (record.countsTowardsK(replica.address())) {
        having.add(replica.address());
      } else {
        world.tally.add(Tally.Seen.NOT_ADOPTED_NOT_COUNTED);
        if (!sim.options.has(Guard.ADOPTED_ONLY)) {
          having.add(replica.address());
        }
      }
    }
    return having;
  }

  /** It goes to the client only if the lease still runs. */
  private void release(
      Request asked, AcceptedRecord record, List<NodeAddress> having, long moment) {
    boolean held = lease.view().holds(asked.epoch(), clock.nowNanos());
    world.tally.add(held ? Tally.Seen.ACK_ALLOWED : Tally.Seen.ACK_REFUSED);
    if (!held && sim.options.has(Guard.LEASE_CHECK)) {
      inDoubt();
      return;
    }
    request = null;
    if (asked.write() == 0) {
      world.tally.add(Tally.Seen.READ_SHOWN);
      sim.checker.shown(name, record, asked.shown(), moment);
    } else {
      world.log(() -> name + " acknowledges " + asked.write() + " in epoch " + asked.epoch());
      sim.checker.acknowledged(name, record, asked.write(), having, moment, world.nowNanos());
      sim.switchovers.acknowledged(asked.write());
    }
  }

  // ---- life

  void restart() {
    world.crash(this);
    alive = true;
    starts++;
    request = null;
    connection = null;
    drainingEpoch = 0;
    lease = begin(name + "-" + starts);
  }
}
