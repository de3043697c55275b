package holdfast.backend.server;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a failed write, rename or sync of the log means, and when it is rewritten, as steps.
 *
 * <p>While anything that was acknowledged may not be where a restart finds it, clients' writes are
 * refused and a replica lets go of its master. Bytes that are kept come to the disk later, and all
 * is well. What may be lost does not come back: the kernel may have dropped what it could not
 * force, and says so only once; and of what is kept there is a bound. Then {@code needsBase} holds
 * until a base is on disk that was begun after the last such hole.
 */
final class LogHealth {
  private static final long RETRY_REWRITE_NANOS = 5_000_000_000L;

  /** So many restarts without a rewrite and the log is rewritten. */
  private static final int INCREMENTS_MAX = 8;

  /**
   * What is known.
   *
   * @param problem why writes are refused; null if they are not
   * @param needsBase whether the files may lack something
   * @param holes how often they have come to
   * @param rewriting whether a base is being written, or about to be
   * @param rewriteFailed whether the last one failed
   * @param retryRewriteNanos before then none is begun because one is due
   */
  record State(
      @Nullable String problem,
      boolean needsBase,
      long holes,
      boolean rewriting,
      boolean rewriteFailed,
      long retryRewriteNanos) {
    /** Nothing is wrong. */
    static State healthy(long nowNanos) {
      return new State(null, false, 0, false, false, nowNanos);
    }

    private State withProblem(@Nullable String value) {
      return new State(value, needsBase, holes, rewriting, rewriteFailed, retryRewriteNanos);
    }

    private State withHole() {
      return new State(problem, true, holes + 1, rewriting, rewriteFailed, retryRewriteNanos);
    }

    private State withoutHoles() {
      return new State(problem, false, holes, rewriting, rewriteFailed, retryRewriteNanos);
    }

    private State rewriting(boolean value, boolean failed, long retryNanos) {
      return new State(problem, needsBase, holes, value, failed, retryNanos);
    }
  }

  /** How large the log is. */
  record Sizes(long baseBytes, long incrementBytes, int increments) {}

  /** What happened. */
  sealed interface Event {
    /**
     * Bytes, or the name of a file, are not on disk yet.
     *
     * @param lacking whether bytes were given up
     */
    record WriteFailed(String why, boolean lacking) implements Event {}

    /** Forcing what was written failed. */
    record ForceFailed(String why) implements Event {}

    /** Another attempt failed. */
    record RetryFailed(String why) implements Event {}

    /** All that is kept was written, and forced. */
    record RetrySucceeded() implements Event {}

    /** Somebody asks for a rewrite. */
    record RewriteAsked() implements Event {}

    /** Time passes; some ten times a second. */
    record Tick(Sizes sizes) implements Event {}

    /**
     * A base took the place of what was before it.
     *
     * @param holesBefore how many holes there had been when it was begun
     * @param whole whether the files lack nothing that was given up
     * @param written whether everything behind it is written
     */
    record BaseWritten(long holesBefore, boolean whole, boolean written) implements Event {}

    /** What was before stays. */
    record RewriteFailed(String why) implements Event {}

    /** A master's snapshot took the place of everything. */
    record Replaced() implements Event {}
  }

  /** What to do, in order. */
  sealed interface Effect {
    /** Refuse clients' writes, or no longer: see {@link State#problem}. */
    record Refuse() implements Effect {}

    /** Let go of the master: there is nowhere to keep what it sends. */
    record Stall(String why) implements Effect {}

    /** Begin to write a base. */
    record Rewrite() implements Effect {}

    /** Tell the operator. */
    record Say(String text, boolean isError) implements Effect {}
  }

  /** The state after a step, and what to do. */
  record Step(State state, List<Effect> effects) {}

  private LogHealth() {}

  /** One step; {@code nowNanos} is monotonic. */
  static Step step(PersistenceSettings settings, State state, long nowNanos, Event event) {
    return switch (event) {
      case Event.WriteFailed(String why, boolean lacking) ->
          failed(lacking ? state.withHole() : state, why, false);
      case Event.ForceFailed(String why) -> failed(state.withHole(), why, true);
      case Event.RetryFailed(String why) ->
          new Step(state.withProblem(why), List.of(new Effect.Refuse()));
      case Event.RetrySucceeded() -> retried(state);
      case Event.RewriteAsked() -> rewrite(state, new ArrayList<>());
      case Event.Tick(Sizes sizes) ->
          isDue(settings, state, sizes) && nowNanos - state.retryRewriteNanos() >= 0
              ? rewrite(state, new ArrayList<>())
              : new Step(state, List.of());
      case Event.BaseWritten(long holesBefore, boolean whole, boolean written) ->
          baseWritten(state, holesBefore == state.holes() && whole, written);
      case Event.RewriteFailed(String why) ->
          new Step(
              state.rewriting(false, true, nowNanos + RETRY_REWRITE_NANOS),
              List.of(new Effect.Say("the log keeps its old base: " + why, true)));
      case Event.Replaced() ->
          new Step(state.withoutHoles().withProblem(null), List.of(new Effect.Refuse()));
    };
  }

  private static Step failed(State state, String why, boolean rewriteNow) {
    var effects = new ArrayList<Effect>();
    if (state.problem() == null) {
      effects.add(
          new Effect.Say(
              "the append-only file cannot be written, writes are refused: " + why, true));
    }
    effects.add(new Effect.Refuse());
    effects.add(new Effect.Stall("the append-only file cannot be written: " + why));
    State next = state.withProblem(why);
    return rewriteNow ? rewrite(next, effects) : new Step(next, effects);
  }

  private static Step retried(State state) {
    if (state.needsBase()) {
      return new Step(state, List.of());
    }
    return new Step(
        state.withProblem(null),
        List.of(
            new Effect.Say("the append-only file can be written again", false),
            new Effect.Refuse()));
  }

  private static Step rewrite(State state, List<Effect> effects) {
    if (state.rewriting()) {
      return new Step(state, effects);
    }
    effects.add(new Effect.Rewrite());
    return new Step(
        state.rewriting(true, state.rewriteFailed(), state.retryRewriteNanos()), effects);
  }

  private static boolean isDue(PersistenceSettings settings, State state, Sizes sizes) {
    int percent = settings.rewritePercent();
    long limit = sizes.baseBytes() + sizes.baseBytes() / 100 * percent;
    boolean grown =
        percent > 0 && sizes.incrementBytes() > Math.max(settings.rewriteMinBytes(), limit);
    boolean scattered = sizes.increments() > INCREMENTS_MAX;
    return grown || scattered || state.needsBase();
  }

  private static Step baseWritten(State state, boolean hasAll, boolean written) {
    State next = state.rewriting(false, false, state.retryRewriteNanos());
    if (!state.needsBase() || !hasAll) {
      return new Step(next, List.of());
    }
    next = next.withoutHoles();
    return new Step(written ? next.withProblem(null) : next, List.of(new Effect.Refuse()));
  }
}
