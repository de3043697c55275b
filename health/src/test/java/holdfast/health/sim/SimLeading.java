package holdfast.health.sim;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.health.failover.Stage;
import holdfast.health.vote.EngineOrders;
import holdfast.health.vote.VoterEffect;
import holdfast.health.vote.VoterEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A voter's connections in the name of an epoch, and what it orders over them. */
final class SimLeading {
  private final Simulation sim;
  private final World world;
  private final SimVoter voter;
  private final Map<NodeAddress, SimConnection> links = new HashMap<>();

  SimLeading(Simulation sim, SimVoter voter) {
    this.sim = sim;
    this.world = sim.world;
    this.voter = voter;
  }

  @Nullable SimConnection link(NodeAddress backend) {
    return links.get(backend);
  }

  void close(NodeAddress backend) {
    SimConnection link = links.remove(backend);
    if (link != null) {
      link.close();
    }
  }

  /** The voter's process ends. */
  void closeAll() {
    links.values().forEach(SimConnection::close);
    links.clear();
  }

  void open(long epoch, NodeAddress address) {
    SimBackend backend = sim.backend(address);
    int born = voter.life;
    SimConnection before = links.remove(address);
    if (before != null) {
      before.close();
    }
    if (!backend.alive) {
      boolean refused = !world.isCut(voter, backend) && !world.isCut(backend, voter);
      world.after(
          refused ? world.delayNanos() : 800 * World.MS,
          () -> {
            if (voter.life == born) {
              world.atNode(
                  voter, () -> voter.on(new VoterEvent.LinkFailed(epoch, address, refused)));
            }
          });
      return;
    }
    var link = new SimConnection[1];
    link[0] =
        new SimConnection(
            world,
            voter,
            backend,
            epoch,
            () -> {
              if (links.get(address) == link[0]) {
                links.remove(address);
                voter.on(new VoterEvent.LinkFailed(epoch, address, false));
              }
            });
    links.put(address, link[0]);
    // CLIENT SETNAME and its answer.
    link[0].send(() -> link[0].reply(() -> voter.on(new VoterEvent.LinkNamed(epoch, address))));
  }

  void consult(VoterEffect.Consult consult) {
    SimConnection link = links.get(consult.backend());
    if (link != null) {
      List<String> order = EngineOrders.consult(voter.state().stage(), consult.epoch());
      link.send(
          () -> {
            SimEngine engine = link.backend.engine();
            if (engine != null) {
              if (engine.consult(order)) {
                NodeInfo info = link.backend.info();
                link.reply(() -> voter.consulted(consult, info));
              } else {
                refused(link);
              }
              return;
            }
            link.shutOutEarlierLeaders();
            NodeInfo info = link.backend.info();
            if (consult.cut() && sim.options.has(Guard.CUT)) {
              link.backend.cut();
            }
            link.reply(() -> voter.consulted(consult, info));
          });
    }
  }

  void promote(VoterEffect.Promote promote) {
    SimConnection link = links.get(promote.backend());
    if (link != null) {
      boolean atRisk = atRisk(promote.backend());
      List<String> order = EngineOrders.promote(voter.state().stage(), promote.backend());
      link.send(
          () -> {
            SimEngine engine = link.backend.engine();
            if (engine == null) {
              link.backend.commanded(promote.epoch());
              sim.checker.promoted(promote.epoch(), link.backend, atRisk);
              link.backend.promote();
              world.log(() -> link.backend.name + " promoted in epoch " + promote.epoch());
            } else if (order == null || !engine.promote(order, atRisk)) {
              refused(link);
              return;
            }
            NodeInfo info = link.backend.info();
            link.reply(
                () -> voter.on(new VoterEvent.Promoted(promote.epoch(), promote.backend(), info)));
          });
    }
  }

  /** By an operator's word, or at a cold start. */
  private boolean atRisk(NodeAddress backend) {
    if (!(voter.state().stage() instanceof Stage.Promoting promoting)) {
      throw new IllegalStateException("promotes in stage " + voter.state().stage());
    }
    AcceptedRecord base = promoting.attempt().base();
    return base == null
        || promoting.attempt().decided() != null
        || !base.knowsProcess(backend, promoting.choice().answer().info().runId());
  }

  void repoint(VoterEffect.Repoint repoint) {
    SimConnection link = links.get(repoint.backend());
    if (link != null) {
      List<String> order = EngineOrders.follow(voter.state(), repoint.backend());
      link.send(
          () -> {
            SimEngine engine = link.backend.engine();
            if (engine == null) {
              link.shutOutEarlierLeaders();
              link.backend.replicaOf(repoint.master(), link);
            } else if (order == null || !engine.follow(order, link)) {
              refused(link);
              return;
            }
            world.log(
                () -> link.backend.name + " follows " + repoint.master() + " by " + voter.name);
            link.reply(
                () -> voter.on(new VoterEvent.Repointed(repoint.epoch(), repoint.backend())));
          });
    }
  }

  /** An engine did not obey: the connection is given up. */
  private void refused(SimConnection link) {
    link.reply(
        () -> {
          NodeAddress backend = link.backend.address;
          if (links.remove(backend, link)) {
            link.close();
            voter.on(new VoterEvent.LinkFailed(link.epoch, backend, false));
          }
        });
  }
}
