package holdfast.proxy.runtime;

import holdfast.backend.model.NodeAddress;
import holdfast.proxy.dispatch.ProxyLoop;
import holdfast.routing.plan.Tenure;
import holdfast.routing.plan.View;
import holdfast.routing.read.ReplicaSet;
import java.util.List;

/** One backend that is master because there is no other. */
final class SingleBackend implements ControlPlane {
  private final NodeAddress backend;
  private final List<ProxyLoop> loops;
  private final CommandLearner learner;

  SingleBackend(NodeAddress backend, List<ProxyLoop> loops, CommandLearner learner) {
    this.backend = backend;
    this.loops = loops;
    this.learner = learner;
  }

  @Override
  public void start() {
    var view = new View(backend, null, Tenure.always(), ReplicaSet.EMPTY);
    loops.forEach(loop -> loop.show(view));
    learner.ask(backend);
  }

  @Override
  public List<String> status() {
    return List.of("topology:static", "master:" + backend);
  }

  @Override
  public void close() {
    // nothing runs
  }
}
