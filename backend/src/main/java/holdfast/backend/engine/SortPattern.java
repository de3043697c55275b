package holdfast.backend.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What SORT's BY and GET name: "weight_*" a string key, "object_*->weight" a field of a hash, "#"
 * the element itself. Source: Redis {@code sort.c}, lookupKeyByPattern.
 */
final class SortPattern {
  private final boolean isElement;
  private final int asterisk;
  private final byte[] before;
  private final byte[] after;
  private final byte @Nullable [] field;

  SortPattern(byte[] pattern) {
    String text = Words.text(pattern);
    isElement = text.equals("#");
    asterisk = text.indexOf('*');
    int arrow = asterisk < 0 ? -1 : text.indexOf("->", asterisk + 1);
    boolean hasField = arrow >= 0 && arrow + 2 < text.length();
    before = Arrays.copyOf(pattern, Math.max(0, asterisk));
    after = Arrays.copyOfRange(pattern, asterisk + 1, hasField ? arrow : pattern.length);
    field = hasField ? Arrays.copyOfRange(pattern, arrow + 2, pattern.length) : null;
  }

  /** Whether it names another thing for each element. */
  boolean hasAsterisk() {
    return asterisk >= 0;
  }

  /** What it names for this element; null if there is no such thing. */
  byte @Nullable [] lookUp(Call call, byte[] element) {
    if (isElement) {
      return element;
    }
    if (asterisk < 0) {
      return null;
    }
    byte[] key = Arrays.copyOf(before, before.length + element.length + after.length);
    System.arraycopy(element, 0, key, before.length, element.length);
    System.arraycopy(after, 0, key, before.length + element.length, after.length);
    Value value = call.read(key);
    if (field != null) {
      return value instanceof HashValue hash ? hash.get(field) : null;
    }
    return value instanceof StringValue string ? string.bytes() : null;
  }
}
