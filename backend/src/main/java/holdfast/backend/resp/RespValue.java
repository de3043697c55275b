package holdfast.backend.resp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.List;

/**
 * One RESP2 or RESP3 value as an object, for the control plane and tests; the path of a client's
 * command handles frames only. Immutable (a bulk's bytes are the caller's to leave alone).
 */
public sealed interface RespValue {
  /** {@code +OK}. */
  record Simple(String value) implements RespValue {}

  /** {@code -ERR what}: a code word, then what people read. */
  record Failure(String message) implements RespValue {
    /** The first word, by which errors are told apart; the rest differs between servers. */
    public String code() {
      int space = message.indexOf(' ');
      return space < 0 ? message : message.substring(0, space);
    }
  }

  /** {@code :1}. */
  record Int(long value) implements RespValue {}

  /** {@code $3}: bytes, compared by content. */
  @SuppressWarnings("ArrayRecordComponent") // equals and hashCode below go by content
  record Bulk(byte[] bytes) implements RespValue {
    @Override
    public boolean equals(Object other) {
      return other instanceof Bulk bulk && Arrays.equals(bytes, bulk.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
      return "Bulk[" + new String(bytes, UTF_8) + "]";
    }
  }

  /** {@code *2}. */
  record Array(List<RespValue> elements) implements RespValue {}

  /** {@code $-1}, {@code *-1} or {@code _}. */
  record Nil() implements RespValue {}

  /** {@code #t}. */
  record Bool(boolean value) implements RespValue {}

  /** {@code ,1.5}: its text is kept, because servers print the same number differently. */
  record Real(String value) implements RespValue {
    /** The number; {@code inf}, {@code -inf} and {@code nan} included. */
    public double asDouble() {
      return switch (value) {
        case "inf" -> Double.POSITIVE_INFINITY;
        case "-inf" -> Double.NEGATIVE_INFINITY;
        case "nan", "-nan" -> Double.NaN;
        default -> Double.parseDouble(value);
      };
    }
  }

  /** {@code (123...}: an integer beyond 64 bits, as its text. */
  record BigNumber(String value) implements RespValue {}

  /** {@code =8}: text with a format of three letters. */
  record Verbatim(String format, String value) implements RespValue {}

  /** {@code %1}: keys and values in turn, in the order they came. */
  record Pairs(List<RespValue> elements) implements RespValue {}

  /** {@code ~2}, in the order it came. */
  record Members(List<RespValue> elements) implements RespValue {}

  /** {@code >2}: nobody asked for it. */
  record Push(List<RespValue> elements) implements RespValue {}

  /** Whether it is an error. */
  default boolean isError() {
    return this instanceof Failure;
  }

  /** Whether it is a null of any kind. */
  default boolean isNil() {
    return this instanceof Nil;
  }

  /**
   * The text of a string or number of any kind.
   *
   * @throws IllegalStateException if it is something else; an error's text is part of the message
   */
  default String text() {
    return switch (this) {
      case Simple simple -> simple.value;
      case Bulk bulk -> new String(bulk.bytes, UTF_8);
      case Int integer -> Long.toString(integer.value);
      case Real number -> number.value;
      case BigNumber number -> number.value;
      case Verbatim verbatim -> verbatim.value;
      case Failure _, Array _, Nil _, Bool _, Pairs _, Members _, Push _ ->
          throw new IllegalStateException("expected text, got " + this);
    };
  }

  /**
   * The value of an integer.
   *
   * @throws IllegalStateException if it is something else
   */
  default long integer() {
    if (this instanceof Int integer) {
      return integer.value;
    }
    throw new IllegalStateException("expected an integer, got " + this);
  }

  /**
   * The elements of an aggregate of any kind; of a map keys and values in turn, as RESP2 sends it.
   *
   * @throws IllegalStateException if it is something else
   */
  default List<RespValue> items() {
    return switch (this) {
      case Array array -> array.elements;
      case Pairs pairs -> pairs.elements;
      case Members members -> members.elements;
      case Push push -> push.elements;
      case Simple _, Failure _, Int _, Bulk _, Nil _, Bool _, Real _, BigNumber _, Verbatim _ ->
          throw new IllegalStateException("expected an aggregate, got " + this);
    };
  }
}
