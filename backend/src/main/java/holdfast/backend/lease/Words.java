package holdfast.backend.lease;

import holdfast.backend.model.NodeId;
import java.util.List;

/**
 * Reads the arguments of a message one after the other, with errors that name the place. What comes
 * after the fields that are asked for is ignored ({@link MessageVersion}).
 */
final class Words {
  private final List<String> words;
  private int next;

  Words(List<String> words, int first) {
    this.words = words;
    this.next = first;
  }

  /** Fields that each version of the message has. */
  void atLeast(int count, String name) {
    if (words.size() - next < count) {
      throw new IllegalArgumentException(
          name + " with " + (words.size() - next) + " arguments, expected at least " + count);
    }
  }

  void expectAtLeast(int count, String name) {
    if (words.size() - next < count) {
      throw new IllegalArgumentException(
          name + " with " + (words.size() - next) + " arguments, expected at least " + count);
    }
  }

  boolean hasNext() {
    return next < words.size();
  }

  void version() {
    MessageVersion.check(number());
  }

  /** A field that was appended later: no, where it is missing. */
  boolean flag() {
    return next < words.size() && next().equals("1");
  }

  String next() {
    return words.get(next++);
  }

  NodeId nodeId() {
    return new NodeId(next());
  }

  long number() {
    return parsed(10);
  }

  long hex() {
    return parsed(16);
  }

  private long parsed(int radix) {
    String word = next();
    try {
      return radix == 16 ? Long.parseUnsignedLong(word, radix) : Long.parseLong(word, radix);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "argument " + (next - 1) + " is not a number of base " + radix, e);
    }
  }
}
