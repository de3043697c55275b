package holdfast.proxy.runtime;

import holdfast.backend.model.NodeAddress;
import holdfast.proxy.dispatch.ProxyLoop;
import holdfast.routing.plan.Tenure;
import holdfast.routing.plan.View;
import java.util.List;

/** One backend that is master because there is no other. */
final class SingleBackend implements ControlPlane {
  private final NodeAddress backend;
  private final List<ProxyLoop> loops;

  SingleBackend(NodeAddress backend, List<ProxyLoop> loops) {
    this.backend = backend;
    this.loops = loops;
  }

  @Override
  public void start() {
    var view = new View(backend, null, Tenure.always(), List.of());
    loops.forEach(loop -> loop.show(view));
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
