package holdfast.backend.store;

import java.util.List;

/** A value as a snapshot holds it, whatever its encoding there was. */
public sealed interface RdbValue {
  /** A string. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Text(byte[] bytes) implements RdbValue {}

  /** A list, head first. */
  record Sequence(List<byte[]> elements) implements RdbValue {}

  /** A set's members, each once. */
  record Members(List<byte[]> members) implements RdbValue {}

  /** A hash: field, value, field, value... */
  record Fields(List<byte[]> fieldsAndValues) implements RdbValue {}

  /** A sorted set: a score, never NaN, for each member. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Scored(List<byte[]> members, double[] scores) implements RdbValue {}
}
