package holdfast.proxy.runtime;

import java.util.List;

/** Finds out who is master and tells the loops. */
interface ControlPlane extends AutoCloseable {
  /** Begins; returns at once. */
  void start();

  /** What it knows, as lines "name:value". Any thread. */
  List<String> status();

  @Override
  void close();
}
