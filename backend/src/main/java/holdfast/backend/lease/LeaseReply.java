package holdfast.backend.lease;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.RecordText;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a voter answers, as an array of bulk strings. Each tells the latest epoch the voter has
 * voted in: one later than the holder's makes it give up, at once or, if that vote is for a planned
 * switchover, as soon as what is under way is through.
 */
public sealed interface LeaseReply {
  /** The latest epoch the voter has voted in. */
  long votedEpoch();

  /** Whether the vote in that epoch was asked for a planned switchover. */
  boolean planned();

  /** The voter's record, if it is not the one the holder said it has. */
  @Nullable AcceptedRecord record();

  /** The array. */
  List<String> arguments();

  /**
   * The lease of {@code epoch}, for {@code leaseNanos} from when the request was sent.
   *
   * @param sequence that of the request
   */
  record Granted(
      long sequence, long epoch, long leaseNanos, long votedEpoch, @Nullable AcceptedRecord record)
      implements LeaseReply {
    /** Who has voted in a later epoch grants nothing. */
    @Override
    public boolean planned() {
      return false;
    }

    @Override
    public List<String> arguments() {
      return List.of(
          "GRANTED",
          Integer.toString(LeaseRequest.VERSION),
          Long.toString(sequence),
          Long.toString(epoch),
          Long.toString(leaseNanos),
          Long.toString(votedEpoch),
          text(record));
    }
  }

  /** No lease, and why in words. */
  record Refused(
      long sequence,
      String reason,
      long votedEpoch,
      @Nullable AcceptedRecord record,
      boolean planned)
      implements LeaseReply {
    /** After a vote that nobody planned. */
    public Refused(long sequence, String reason, long votedEpoch, @Nullable AcceptedRecord record) {
      this(sequence, reason, votedEpoch, record, false);
    }

    @Override
    public List<String> arguments() {
      return List.of(
          "REFUSED",
          Integer.toString(LeaseRequest.VERSION),
          Long.toString(sequence),
          reason,
          Long.toString(votedEpoch),
          text(record),
          flag(planned));
    }
  }

  /** The answer to {@link LeaseRequest.Watch}. */
  record Changed(long votedEpoch, @Nullable AcceptedRecord record, boolean planned)
      implements LeaseReply {
    /** After a vote that nobody planned. */
    public Changed(long votedEpoch, @Nullable AcceptedRecord record) {
      this(votedEpoch, record, false);
    }

    @Override
    public List<String> arguments() {
      return List.of(
          "CHANGED",
          Integer.toString(LeaseRequest.VERSION),
          Long.toString(votedEpoch),
          text(record),
          flag(planned));
    }
  }

  private static String text(@Nullable AcceptedRecord record) {
    return record == null ? "" : RecordText.write(record);
  }

  private static String flag(boolean value) {
    return value ? "1" : "0";
  }

  private static @Nullable AcceptedRecord record(
      String text, Function<String, AcceptedRecord> reader) {
    return text.isEmpty() ? null : reader.apply(text);
  }

  /**
   * Reads an answer.
   *
   * @throws IllegalArgumentException if it is none
   */
  static LeaseReply read(List<String> arguments) {
    return read(arguments, RecordText::read);
  }

  /**
   * Reads an answer.
   *
   * @param reader of a record's text: all voters send the same, so it may remember the last one
   * @throws IllegalArgumentException if it is none
   */
  static LeaseReply read(List<String> arguments, Function<String, AcceptedRecord> reader) {
    Words words = new Words(arguments, 1);
    String name = arguments.isEmpty() ? "" : arguments.getFirst();
    switch (name) {
      case "GRANTED" -> {
        words.atLeast(6, name);
        words.version();
        return new Granted(
            words.number(),
            words.number(),
            words.number(),
            words.number(),
            record(words.next(), reader));
      }
      case "REFUSED" -> {
        words.atLeast(5, name);
        words.version();
        return new Refused(
            words.number(),
            words.next(),
            words.number(),
            record(words.next(), reader),
            words.flag());
      }
      case "CHANGED" -> {
        words.atLeast(3, name);
        words.version();
        return new Changed(words.number(), record(words.next(), reader), words.flag());
      }
      default -> throw new IllegalArgumentException("unknown lease reply");
    }
  }
}
