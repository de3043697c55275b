package holdfast.backend.engine;

/**
 * Where the effects of commands go: to replicas and the append-only file. Called in the order of
 * execution, within {@link Engine#execute} and {@link Engine#tick}, before these return and before
 * the reply can be flushed. Effects of one command or transaction that belong together come between
 * MULTI and EXEC.
 */
@FunctionalInterface
public interface Propagation {
  /** Nobody listens. */
  Propagation NONE = (database, command) -> {};

  /**
   * One effect.
   *
   * @param database the database it applies to; the receiver puts SELECT before it where it differs
   *     from the last one
   * @param command deterministic: times are absolute, random choices are made. Not to be changed
   */
  void propagate(int database, byte[][] command);
}
