package holdfast.backend.engine;

/** Executes one command whose name and arity are right; registered with {@link Engine#register}. */
@FunctionalInterface
public interface Handler {
  /**
   * Executes and writes exactly one reply to {@link Call#out()}, or throws.
   *
   * @throws CommandError the error reply; then nothing may have been changed
   */
  void run(Call call);
}
