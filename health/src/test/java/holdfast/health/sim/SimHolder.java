package holdfast.health.sim;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A proxy as far as the lease goes: the production holder, and one client that writes through it.
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
  private int starts;

  SimHolder(Simulation sim, int index, int number) {
    super("h" + number, index);
    this.sim = sim;
    this.world = sim.world;
    this.clockRate = 1 + (world.random.nextDouble() - 0.5) / 100;
    this.clockStart = world.random.nextLong();
    this.holder = new LeaseHolder(new NodeId(name));
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
    if (holder.answered(voter.id(), reply)) {
      world.log(() -> name + " gives up below epoch " + holder.belowEpoch());
      for (SimVoter each : sim.voters) {
        ask(each, holder.gaveUp());
      }
    }
  }

  // ---- the client

  private void write() {
    AcceptedRecord record = holder.record();
    if (record == null || (sim.options.leaseCheck() && heldEpoch() != record.epoch()) || writing) {
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
      connection = new SimConnection(world, this, master, 0, () -> writing = false);
    }
    SimConnection link = connection;
    int born = life;
    int id = sim.nextWrite();
    writing = true;
    link.send(
        () -> {
          if (master.runId.equals(record.masterRunId()) && master.write(id)) {
            link.reply(() -> replied(record.epoch()));
          } else {
            link.reply(() -> writing = false);
          }
        });
    world.after(
        WRITE_TIMEOUT_NANOS,
        () -> {
          if (life == born && connection == link && writing) {
            writing = false;
            link.close();
            connection = null;
          }
        });
  }

  /** The reply is in: it goes to the client only if the lease still runs. */
  private void replied(long epoch) {
    writing = false;
    boolean held = LeaseHolder.runs(holder.heldUntilNanos(epoch), clock());
    world.tally.add(held ? Tally.Seen.ACK_ALLOWED : Tally.Seen.ACK_REFUSED);
    if (held || !sim.options.leaseCheck()) {
      sim.checker.acknowledged(name, epoch, world.nowNanos());
    }
  }

  // ---- life

  void restart() {
    world.crash(this);
    alive = true;
    starts++;
    writing = false;
    connection = null;
    holder = new LeaseHolder(new NodeId(name + "-" + starts));
    begin();
  }
}
