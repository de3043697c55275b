package holdfast.health.sim;

import holdfast.backend.model.NodeAddress;
import holdfast.health.vote.VoterEvent;
import java.util.function.Supplier;

/** A voter's watching connections to the backends: PING and INFO, and that nobody listens there. */
final class SimWatching {
  private final Simulation sim;
  private final World world;
  private final SimVoter voter;
  private boolean againSoon;

  SimWatching(Simulation sim, SimVoter voter) {
    this.sim = sim;
    this.world = sim.world;
    this.voter = voter;
  }

  void pingAll() {
    voter.state().watches().forEach(watch -> ping(sim.backend(watch.address())));
  }

  void ping(SimBackend backend) {
    watching(backend, () -> new VoterEvent.BackendReplied(backend.address));
  }

  void askInfo(NodeAddress address) {
    SimBackend backend = sim.backend(address);
    watching(backend, () -> new VoterEvent.BackendInformed(address, backend.info()));
  }

  private void watching(SimBackend backend, Supplier<VoterEvent> answer) {
    if (!backend.alive) {
      // The host says that nobody listens, if it can be reached.
      if (!world.isCut(voter, backend) && !world.isCut(backend, voter)) {
        int born = voter.life;
        world.after(
            world.delayNanos(),
            () -> {
              if (voter.life == born && !backend.alive) {
                world.atNode(voter, () -> voter.on(new VoterEvent.BackendRefused(backend.address)));
              }
            });
        if (!againSoon) {
          againSoon = true;
          world.after(
              60 * World.MS,
              () -> {
                againSoon = false;
                if (voter.life == born && !voter.paused && !backend.alive) {
                  ping(backend);
                }
              });
        }
      }
      return;
    }
    int backendLife = backend.life;
    int born = voter.life;
    world.send(
        voter,
        backend,
        () -> {
          if (backend.life == backendLife) {
            VoterEvent event = answer.get();
            world.send(
                backend,
                voter,
                () -> {
                  if (voter.life == born && backend.life == backendLife) {
                    voter.on(event);
                  }
                });
          }
        });
  }

  /** The watching connection to a backend that has died is reset. */
  void backendDied(SimBackend backend) {
    if (!world.isCut(backend, voter)) {
      int born = voter.life;
      world.after(
          world.delayNanos(),
          () -> {
            if (voter.life == born) {
              world.atNode(voter, () -> voter.on(new VoterEvent.BackendLost(backend.address)));
              world.atNode(voter, () -> ping(backend));
            }
          });
    }
  }
}
