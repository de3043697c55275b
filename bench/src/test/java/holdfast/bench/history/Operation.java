package holdfast.bench.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One command of one client, as that client saw it. Times are of one clock for all clients.
 *
 * @param client who asked; for people only, the checker does not need it
 * @param action what was asked, and what was answered
 * @param outcome what the answer says of its execution
 * @param invokedNanos before its first byte was sent
 * @param completedNanos after its answer was read; of an unknown outcome, when the client gave up
 */
public record Operation(
    String client, Action action, Outcome outcome, long invokedNanos, long completedNanos) {

  /** What is known of the execution. */
  public enum Outcome {
    /** Executed, and answered. */
    OK,
    /** It may take effect at any time after it was invoked, or never. */
    UNKNOWN,
    /** The answer says that it was not executed and will not be. */
    NEVER
  }

  /** A command and its result. Values and elements are unique within their key. */
  public sealed interface Action {
    /** What it is about; keys are independent of each other. */
    String key();
  }

  /** SET. */
  public record Write(String key, String value) implements Action {}

  /** GET; null is "no value". */
  public record Read(String key, @Nullable String value) implements Action {}

  /** RPUSH of one element; the length that it answered, or -1 if that is not known. */
  public record Append(String key, String element, long lengthAfter) implements Action {}

  /** LRANGE of everything. */
  public record ReadAll(String key, List<String> elements) implements Action {
    /** Copies the list. */
    public ReadAll {
      elements = List.copyOf(elements);
    }

    @Override
    public String toString() {
      int size = elements.size();
      return "ReadAll["
          + key
          + ", "
          + size
          + " ... "
          + elements.subList(Math.max(0, size - 4), size);
    }
  }

  /** Checks the order of the times. */
  public Operation {
    if (completedNanos < invokedNanos) {
      throw new IllegalArgumentException(action + " completed before it was invoked");
    }
  }

  /** Its key. */
  public String key() {
    return action.key();
  }

  boolean is(Outcome what) {
    return outcome == what;
  }

  /** One line for people, times in milliseconds since {@code originNanos}. */
  public String describe(long originNanos) {
    return String.format(
        "%10.3f to %10.3f ms %-7s %s %s",
        (invokedNanos - originNanos) / 1e6,
        (completedNanos - originNanos) / 1e6,
        outcome,
        client,
        action);
  }
}
