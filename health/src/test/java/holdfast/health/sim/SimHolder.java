package holdfast.health.sim;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A proxy as far as the lease goes: the production holder, and one client that writes through it.
 * Told of a planned switchover it sends nothing more, and gives up when its write is answered or
 * its lease has ended.
 */
final class SimHolder extends World.Node {
  private static final long RENEW_NANOS = 125 * World.MS;
  private static final long WATCH_MILLIS = 1_000;
  private static final long WRITE_TIMEOUT_NANOS = 700 * World.MS;

  private final Simulation sim;
  private final World world;
  private final double clockRate;
  private final long clockStart;
  private LeaseHolder holder;
  private @Nullable SimConnection connection;
  private @Nullable AcceptedRecord connectedFor;
  private boolean writing;
  private int latest;
  private int starts;

  SimHolder(Simulation sim, int index, int number) {
    super("h" + number, index);
    this.sim = sim;
    this.world = sim.world;
    this.clockRate = 1 + (world.random.nextDouble() - 0.5) / 100;
    this.clockStart = world.random.nextLong();
    this.holder = LeaseHolder.draining(new NodeId(name));
    begin();
  }

  private long clock() {
    return clockStart + (long) (world.nowNanos() * clockRate);
  }

  long heldEpoch() {
    AcceptedRecord record = holder.record();
    return record != null && LeaseHolder.runs(holder.heldUntilNanos(record.epoch()), clock())
        ? record.epoch()
        : 0;
  }

  private void begin() {
    int born = life;
    for (SimVoter voter : sim.voters) {
      every(RENEW_NANOS, born, () -> renew(voter));
      every(WATCH_MILLIS * World.MS, born, () -> watch(voter));
    }
    every(25 * World.MS, born, this::write);
    every(10 * World.MS, born, this::drain);
  }

  private void every(long periodNanos, int born, Runnable work) {
    world.after(
        periodNanos + world.between(0, periodNanos / 10),
        () -> {
          if (life == born) {
            if (!paused) {
              work.run();
            }
            every(periodNanos, born, work);
          }
        });
  }

  private void renew(SimVoter voter) {
    ask(voter, holder.request(voter.id(), clock()));
  }

  private void watch(SimVoter voter) {
    ask(voter, holder.watch(WATCH_MILLIS));
  }

  private void ask(SimVoter voter, LeaseRequest request) {
    int born = life;
    world.send(
        this,
        voter,
        () ->
            voter.asked(
                request,
                reply -> {
                  count(reply);
                  world.send(
                      voter,
                      this,
                      () -> {
                        if (life == born) {
                          answered(voter, reply);
                          if (request instanceof LeaseRequest.Watch) {
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
    if ((!writing || !runs) && holder.drained()) {
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

  private void write() {
    AcceptedRecord record = holder.record();
    if (record == null
        || (sim.options.leaseCheck() && heldEpoch() != record.epoch())
        || writing
        || holder.isDraining()) {
      return;
    }
    SimBackend master = sim.backend(record.master());
    if (connection == null
        || connection.isDead()
        || connection.backend != master
        || connectedFor == null
        || connectedFor.epoch() != record.epoch()) {
      if (!master.alive) {
        return;
      }
      if (connection != null) {
        connection.close();
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
                if (connection == made[0]) {
                  inDoubt();
                }
              });
      connection = made[0];
    }
    SimConnection link = connection;
    int born = life;
    int id = sim.nextWrite();
    latest = id;
    writing = true;
    link.send(
        () -> {
          if (master.runId.equals(record.masterRunId()) && master.write(id)) {
            link.reply(() -> replied(record.epoch(), id));
          } else {
            link.reply(() -> writing = false); // certainly not executed
          }
        });
    world.after(
        WRITE_TIMEOUT_NANOS,
        () -> {
          if (life == born && connection == link && writing && latest == id) {
            inDoubt();
            link.close();
            connection = null;
          }
        });
  }

  /** Whether it was executed nobody knows. */
  private void inDoubt() {
    if (writing) {
      writing = false;
      sim.switchovers.inDoubt(name);
    }
  }

  /** The reply is in: it goes to the client only if the lease still runs. */
  private void replied(long epoch, int id) {
    writing = false;
    boolean held = LeaseHolder.runs(holder.heldUntilNanos(epoch), clock());
    world.tally.add(held ? Tally.Seen.ACK_ALLOWED : Tally.Seen.ACK_REFUSED);
    if (held || !sim.options.leaseCheck()) {
      sim.checker.acknowledged(name, epoch, world.nowNanos());
      sim.switchovers.acknowledged(id);
    } else {
      sim.switchovers.inDoubt(name);
    }
  }

  // ---- life

  void restart() {
    world.crash(this);
    alive = true;
    starts++;
    writing = false;
    connection = null;
    holder = LeaseHolder.draining(new NodeId(name + "-" + starts));
    begin();
  }
}
