package holdfast.backend.command;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where keys stand among the arguments of a command and what happens to them: one entry of the key
 * specifications in a {@code COMMAND} reply.
 *
 * @param flags "RO", "RW", "OW", "RM", "access", "update", "insert", "delete", "incomplete" ...
 * @param begin where the search begins
 * @param find how keys follow from there
 * @param notes what the server says about it, or null
 */
public record KeySpec(List<String> flags, Begin begin, Find find, @Nullable String notes) {
  /** Where the first key stands. */
  public sealed interface Begin {
    /** At a fixed argument; 0 is the command's name. */
    record Index(int at) implements Begin {}

    /** After this word, looked for from an argument on (negative: backwards from the end). */
    record Keyword(String word, int startFrom) implements Begin {}

    /** Not described. */
    record Unknown() implements Begin {}
  }

  /** How the keys follow from the first. */
  public sealed interface Find {
    /**
     * A range.
     *
     * @param last last key relative to the first; negative counts from the end (-1 the last
     *     argument)
     * @param step distance of keys
     * @param limit where last is -1: only the first 1/limit of the rest are keys; 0 and 1 mean all
     */
    record Range(int last, int step, int limit) implements Find {}

    /** An argument holds the number of keys; positions are relative to the beginning. */
    record KeyNum(int numberAt, int firstKey, int step) implements Find {}

    /** Not described. */
    record Unknown() implements Find {}
  }

  /** Whether the keys found are perhaps not all, or not found this way at all. */
  public boolean isIncomplete() {
    return begin instanceof Begin.Unknown
        || find instanceof Find.Unknown
        || flags.contains("incomplete");
  }
}
