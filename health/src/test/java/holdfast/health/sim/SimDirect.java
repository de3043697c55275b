package holdfast.health.sim;

import holdfast.backend.model.AcceptedRecord;
import java.util.HashMap;
import java.util.Map;

/**
 * An application that goes to engines directly, or a proxy that lies: it writes wherever it can be
 * reached, at the master or at whoever was one, and asks nobody for a lease.
 */
final class SimDirect extends World.Node {
  private static final long PERIOD_NANOS = 40 * World.MS;
  private static final long ALL_THE_TIME_NANOS = 5 * World.MS;

  private final Simulation sim;
  private final World world;
  private final Map<SimBackend, SimConnection> connections = new HashMap<>();

  SimDirect(Simulation sim, int index) {
    super("direct", index);
    this.sim = sim;
    this.world = sim.world;
    world.every(sim.options.engines() ? ALL_THE_TIME_NANOS : PERIOD_NANOS, this, this::write);
  }

  private void write() {
    AcceptedRecord latest = sim.latest();
    if (latest == null) {
      return;
    }
    SimBackend to =
        world.chance(0.4)
            ? sim.backends.get(world.random.nextInt(sim.backends.size()))
            : sim.backend(latest.master());
    // Only engines refuse it, and only where voters have led them.
    if (to.engine() == null || to.engine().state().epoch() == 0 || !to.alive) {
      return;
    }
    SimConnection link = connections.get(to);
    if (link == null || link.isDead()) {
      link = new SimConnection(world, this, to, 0, () -> {});
      connections.put(to, link);
    }
    int id = sim.nextWrite();
    link.send(
        () -> {
          if (to.write(id)) {
            world.tally.add(Tally.Seen.DIRECT_WRITE_EXECUTED);
          } else if (to.isMaster()) {
            world.tally.add(Tally.Seen.DIRECT_WRITE_REFUSED);
          }
        });
  }
}
