package holdfast.health.sim;

import java.util.ArrayDeque;

/**
 * A TCP connection to a backend: ordered, nothing lost while it lives. Where the network is cut the
 * bytes wait, as in a socket, and arrive later; after a while the connection breaks. What a stopped
 * backend has received it executes when it goes on, unless the connection was killed before.
 */
final class SimConnection {
  private static final long RETRY_NANOS = 40 * World.MS;
  private static final long BREAKS_AFTER_NANOS = 1_500 * World.MS;

  private final World world;
  final World.Node owner;
  final SimBackend backend;

  /** Epoch in its name, 0 for a client's. */
  final long epoch;

  private final Runnable onBroken;
  private final int ownerLife;
  private final int backendLife;
  private final ArrayDeque<Runnable> toBackend = new ArrayDeque<>();
  private final ArrayDeque<Runnable> toOwner = new ArrayDeque<>();
  private boolean pumpingOut;
  private boolean pumpingIn;
  private long stalledSinceNanos;
  private boolean dead;
  private boolean killedByBackend;
  private boolean earlierLeadersKilled;

  SimConnection(World world, World.Node owner, SimBackend backend, long epoch, Runnable onBroken) {
    this.world = world;
    this.owner = owner;
    this.backend = backend;
    this.epoch = epoch;
    this.onBroken = onBroken;
    this.ownerLife = owner.life;
    this.backendLife = backend.life;
    this.stalledSinceNanos = world.nowNanos();
    backend.connections.add(this);
  }

  /** A leader's command arrives: before the first, connections of earlier leaders are killed. */
  void shutOutEarlierLeaders() {
    backend.commanded(epoch);
    if (!earlierLeadersKilled) {
      earlierLeadersKilled = true;
      backend.killEarlierLeaders(epoch);
    }
  }

  boolean isDead() {
    return dead;
  }

  /** The owner closes it; it hears nothing more of it. What it sent may still be executed. */
  void close() {
    dead = true;
    if (toBackend.isEmpty()) {
      backend.connections.remove(this);
    }
  }

  /** The backend closes it, or has crashed: what was not executed never will be. */
  void kill() {
    if (dead) {
      return;
    }
    dead = true;
    if (!toBackend.isEmpty()) {
      world.tally.add(Tally.Seen.COMMAND_OF_KILLED_LEADER_DROPPED);
    }
    toBackend.clear();
    tellOwner();
  }

  private void tellOwner() {
    world.after(
        world.isCut(backend, owner) ? BREAKS_AFTER_NANOS : world.delayNanos(),
        () -> {
          if (owner.life == ownerLife) {
            world.atNode(owner, onBroken);
          }
        });
  }

  void send(Runnable atBackend) {
    if (dead) {
      return;
    }
    toBackend.add(atBackend);
    if (!pumpingOut) {
      pumpingOut = true;
      stalledSinceNanos = world.nowNanos();
      world.after(world.delayNanos(), this::pumpOut);
    }
  }

  private void pumpOut() {
    if (dead && toBackend.isEmpty()) {
      pumpingOut = false;
      backend.connections.remove(this);
      return;
    }
    if (world.isCut(owner, backend)) {
      stalled(this::pumpOut);
      return;
    }
    Runnable work = toBackend.poll();
    if (work != null) {
      world.atNode(
          backend,
          () -> {
            if (!killedByBackend && backend.life == backendLife) {
              work.run();
            } else {
              world.tally.add(Tally.Seen.COMMAND_OF_KILLED_LEADER_DROPPED);
            }
          });
    }
    stalledSinceNanos = world.nowNanos();
    if (toBackend.isEmpty()) {
      pumpingOut = false;
    } else {
      world.after(world.delayNanos(), this::pumpOut);
    }
  }

  /** CLIENT KILL at the backend. */
  void killAtBackend() {
    killedByBackend = true;
    backend.connections.remove(this);
    kill();
  }

  void reply(Runnable atOwner) {
    toOwner.add(atOwner);
    if (!pumpingIn) {
      pumpingIn = true;
      world.after(world.delayNanos(), this::pumpIn);
    }
  }

  private void pumpIn() {
    if (dead || owner.life != ownerLife) {
      pumpingIn = false;
      return;
    }
    if (world.isCut(backend, owner)) {
      stalled(this::pumpIn);
      return;
    }
    Runnable work = toOwner.poll();
    if (work != null) {
      world.atNode(owner, work);
    }
    if (toOwner.isEmpty()) {
      pumpingIn = false;
    } else {
      world.after(world.delayNanos(), this::pumpIn);
    }
  }

  private void stalled(Runnable again) {
    if (!dead && world.nowNanos() - stalledSinceNanos >= BREAKS_AFTER_NANOS) {
      // The owner gives it up; what the network still holds may arrive all the same.
      dead = true;
      world.atNode(owner, onBroken);
    }
    if (world.nowNanos() - stalledSinceNanos < 4 * BREAKS_AFTER_NANOS) {
      world.after(RETRY_NANOS, again);
    } else {
      toBackend.clear();
      pumpingOut = false;
      pumpingIn = false;
    }
  }
}
