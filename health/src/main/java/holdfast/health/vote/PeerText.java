package holdfast.health.vote;

import holdfast.backend.lease.MessageVersion;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.RecordReader;
import holdfast.backend.model.RecordText;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages between voters as arguments of a command: {@code HOLDFAST PEER <minimum version> <from>
 * <kind> <field>...}; {@link MessageVersion} has the rule by which they change. Pure.
 */
public final class PeerText {
  private static final int HEADER = 5;

  private PeerText() {}

  /** A message and who sent it. */
  public record Said(NodeId from, PeerMessage message) {}

  /** The command. */
  public static List<String> write(NodeId from, PeerMessage message) {
    return switch (message) {
      case PeerMessage.Hello hello ->
          command(
              from,
              "HELLO",
              hello.incarnation(),
              hello.blank() ? 1 : 0,
              hello.votedEpoch(),
              hello.acceptedEpoch(),
              hello.fingerprint(),
              hello.maintenance().count(),
              hello.maintenance().on() ? 1 : 0);
      case PeerMessage.PreVoteAsk ask ->
          command(
              from,
              ask.wanted() ? "PREVOTE!" : "PREVOTE?",
              ask.round(),
              ask.votedEpoch(),
              ask.acceptedEpoch(),
              ask.planned() ? 1 : 0);
      case PeerMessage.PreVoteAnswer answer ->
          command(from, "PREVOTE", answer.round(), answer.agreed() ? 1 : 0, answer.votedEpoch());
      case PeerMessage.VoteAsk ask ->
          command(
              from,
              "VOTE?",
              ask.epoch(),
              ask.hasRecord() ? 1 : 0,
              ChainText.writeVoters(ask.members()),
              ask.limitNanos());
      case PeerMessage.VoteAnswer answer ->
          command(
              from,
              "VOTE",
              answer.epoch(),
              answer.voted() ? 1 : 0,
              answer.votedEpoch(),
              answer.remainingNanos(),
              text(answer.record()),
              ChainText.write(answer.chain()));
      case PeerMessage.ConfirmAsk ask -> command(from, "CONFIRM?", ask.epoch(), ask.round());
      case PeerMessage.Confirmed confirmed ->
          command(from, "CONFIRM", confirmed.epoch(), confirmed.round());
      case PeerMessage.Activate activate ->
          command(from, "RECORD", text(activate.record()), ChainText.write(activate.chain()));
      case PeerMessage.Accepted accepted -> command(from, "ACCEPTED", accepted.epoch());
    };
  }

  private static List<String> command(NodeId from, String kind, Object... fields) {
    var words = new ArrayList<String>(HEADER + fields.length);
    words.add("HOLDFAST");
    words.add("PEER");
    words.add(Integer.toString(MessageVersion.MINIMUM));
    words.add(from.value());
    words.add(kind);
    for (Object field : fields) {
      words.add(field.toString());
    }
    return words;
  }

  private static String text(@Nullable AcceptedRecord record) {
    return record == null ? "" : RecordText.write(record);
  }

  /**
   * Reads a command.
   *
   * @throws IllegalArgumentException if it is no such message, with a text for the error reply
   */
  public static Said read(List<String> words) {
    return read(words, new RecordReader());
  }

  /**
   * Reads a command.
   *
   * @param records of all peers: they send the same ones
   * @throws IllegalArgumentException if it is no such message, with a text for the error reply
   */
  public static Said read(List<String> words, RecordReader records) {
    if (words.size() <= HEADER) {
      throw new IllegalArgumentException("PEER with too few arguments");
    }
    MessageVersion.check(number(words, 2));
    List<String> fields = words.subList(HEADER, words.size());
    return new Said(new NodeId(words.get(3)), message(words.get(4), fields, records));
  }

  private static PeerMessage message(String kind, List<String> f, RecordReader records) {
    return switch (kind) {
      case "HELLO" -> {
        count(kind, f, 5);
        yield new PeerMessage.Hello(
            f.get(0),
            flag(f, 1),
            number(f, 2),
            number(f, 3),
            number(f, 4),
            f.size() < 7 ? Maintenance.NONE : new Maintenance(number(f, 5), flag(f, 6)));
      }
      case "PREVOTE?", "PREVOTE!" -> {
        count(kind, f, 3);
        yield new PeerMessage.PreVoteAsk(
            number(f, 0), number(f, 1), number(f, 2), flag(f, 3), kind.equals("PREVOTE!"));
      }
      case "PREVOTE" -> {
        count(kind, f, 3);
        yield new PeerMessage.PreVoteAnswer(number(f, 0), flag(f, 1), number(f, 2));
      }
      case "VOTE?" -> {
        count(kind, f, 3);
        yield new PeerMessage.VoteAsk(
            number(f, 0),
            flag(f, 1),
            ChainText.readVoters(f.get(2)),
            f.size() < 4 ? 0 : number(f, 3));
      }
      case "VOTE" -> {
        count(kind, f, 6);
        yield new PeerMessage.VoteAnswer(
            number(f, 0),
            flag(f, 1),
            number(f, 2),
            number(f, 3),
            f.get(4).isEmpty() ? null : records.read(f.get(4)),
            ChainText.read(f.get(5)));
      }
      case "CONFIRM?" -> {
        count(kind, f, 2);
        yield new PeerMessage.ConfirmAsk(number(f, 0), number(f, 1));
      }
      case "CONFIRM" -> {
        count(kind, f, 2);
        yield new PeerMessage.Confirmed(number(f, 0), number(f, 1));
      }
      case "RECORD" -> {
        count(kind, f, 2);
        yield new PeerMessage.Activate(records.read(f.get(0)), ChainText.read(f.get(1)));
      }
      case "ACCEPTED" -> {
        count(kind, f, 1);
        yield new PeerMessage.Accepted(number(f, 0));
      }
      default -> throw new IllegalArgumentException("unknown peer message");
    };
  }

  /** Fields that each version of the message has. */
  private static void count(String kind, List<String> fields, int least) {
    if (fields.size() < least) {
      throw new IllegalArgumentException(
          kind + " with " + fields.size() + " fields, expected at least " + least);
    }
  }

  private static boolean flag(List<String> fields, int index) {
    return index < fields.size() && fields.get(index).equals("1");
  }

  private static long number(List<String> fields, int index) {
    try {
      return Long.parseLong(fields.get(index));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("field " + index + " is no number", e);
    }
  }
}
