package holdfast.health.sim;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A proxy as far as the lease and K go: the production holder, and one client that writes and reads
 * at the master through it. What was executed is released once K adopted replicas have it, judged
 * by the master's INFO, and the lease still runs. Told of a planned switchover it sends nothing
 * more, and gives up when its command is answered or its lease ended.
 */
final class SimHolder extends World.Node {
  private static final long RENEW_NANOS = 125 * World.MS;
  private static final long WATCH_MILLIS = 1_000;
  private static final long TIMEOUT_NANOS = 700 * World.MS;
  private static final long CONFIRM_NANOS = 15 * World.MS;

  private final Simulation sim;
  private final World world;
  private final SimClock clock;
  private LeaseHolder holder;
  private @Nullable SimConnection connection;
  private @Nullable AcceptedRecord connectedFor;
  private @Nullable Request request;
  private int starts;

  /** What each voter showed last. */
  private final Map<NodeId, Long> shown = new HashMap<>();

  /** The watch that each voter is to answer, at most one, however often messages are repeated. */
  private final Map<NodeId, LeaseRequest> watches = new HashMap<>();

  /** One command of the client: {@code write} is 0 for a read, {@code shown} what a read shows. */
  private record Request(SimConnection link, long epoch, int write, int shown, long offset) {}

  SimHolder(Simulation sim, int index, int number) {
    super("h" + number, index);
    this.sim = sim;
    this.world = sim.world;
    this.clock = new SimClock(world);
    this.holder = LeaseHolder.draining(new NodeId(name));
    begin();
  }

  private long clock() {
    return clock.nowNanos();
  }

  /**
   * Its clock goes back to where it was so long ago, as a snapshot that is resumed would see it.
   */
  void loseTime(long nanos) {
    clock.lose(nanos);
  }

  long heldEpoch() {
    AcceptedRecord record = holder.record();
    return record != null && LeaseHolder.runs(holder.heldUntilNanos(record.epoch()), clock())
        ? record.epoch()
        : 0;
  }

  private void begin() {
    for (SimVoter voter : sim.voters) {
      world.every(RENEW_NANOS, this, () -> renew(voter));
      world.every(WATCH_MILLIS * World.MS, this, () -> watch(voter));
    }
    world.every(25 * World.MS, this, this::next);
    world.every(10 * World.MS, this, this::drain);
  }

  private void renew(SimVoter voter) {
    AcceptedRecord record = holder.record();
    if (record == null || record.hasVoter(voter.id())) {
      ask(voter, holder.request(voter.id(), clock()));
    }
  }

  private void watch(SimVoter voter) {
    AcceptedRecord record = holder.record();
    if (record == null || record.hasVoter(voter.id())) {
      LeaseRequest watch = holder.watch(WATCH_MILLIS, shown.getOrDefault(voter.id(), 0L));
      watches.put(voter.id(), watch);
      ask(voter, watch);
    }
  }

  private void ask(SimVoter voter, LeaseRequest asked) {
    int born = life;
    world.send(
        this,
        voter,
        () ->
            voter.asked(
                asked,
                reply -> {
                  count(reply);
                  world.send(
                      voter,
                      this,
                      () -> {
                        if (life == born) {
                          answered(voter, reply);
                          if (watches.get(voter.id()) == asked) {
                            watches.remove(voter.id());
                            watch(voter);
                          }
                        }
                      });
                }));
  }

  private void count(LeaseReply reply) {
    if (reply instanceof LeaseReply.Granted) {
      world.tally.add(Tally.Seen.GRANT_ALLOWED);
    } else if (reply instanceof LeaseReply.Refused) {
      world.tally.add(Tally.Seen.GRANT_REFUSED);
    }
  }

  private void answered(SimVoter voter, LeaseReply reply) {
    AcceptedRecord told = reply.record();
    if (told != null) {
      shown.put(voter.id(), told.fingerprint());
    }
    boolean draining = holder.isDraining();
    if (holder.answered(voter.id(), reply)) {
      tellGivenUp();
    } else if (holder.isDraining() && !draining) {
      world.tally.add(Tally.Seen.DRAIN_BEGUN);
      drain();
    }
  }

  private void drain() {
    AcceptedRecord record = holder.record();
    if (!holder.isDraining() || record == null) {
      return;
    }
    boolean runs = LeaseHolder.runs(holder.heldUntilNanos(record.epoch()), clock());
    if ((request == null || !runs) && holder.drained()) {
      world.tally.add(runs ? Tally.Seen.DRAIN_DONE : Tally.Seen.DRAIN_ENDED_BY_LEASE);
      tellGivenUp();
    }
  }

  private void tellGivenUp() {
    world.log(() -> name + " gives up below epoch " + holder.belowEpoch());
    for (SimVoter each : sim.voters) {
      ask(each, holder.gaveUp());
    }
  }

  // ---- the client

  private void next() {
    AcceptedRecord record = holder.record();
    if (record == null
        || request != null
        || holder.isDraining()
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
    var made =
        new SimConnection(
            world,
            this,
            master,
            0,
            () -> {
              connection = null;
              inDoubt();
            });
    connection = made;
    return made;
  }

  /** The master's INFO, read after the command: enough adopted replicas may have it now. */
  private void confirmed(Request asked, NodeInfo info, long moment) {
    AcceptedRecord record = holder.record();
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
    boolean held = LeaseHolder.runs(holder.heldUntilNanos(asked.epoch()), clock());
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
    shown.clear();
    watches.clear();
    holder = LeaseHolder.draining(new NodeId(name + "-" + starts));
    begin();
  }
}
