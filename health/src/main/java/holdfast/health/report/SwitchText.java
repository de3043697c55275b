package holdfast.health.report;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.health.report.SwitchRecord.Loss;
import holdfast.health.report.SwitchRecord.Standing;
import holdfast.health.report.SwitchRecord.Took;
import holdfast.health.report.SwitchRecord.Vote;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A switch's record as text, for the other voters: lines of a key and words, free text last. A
 * reader passes over keys and further words it does not know, so that a later version may add some.
 * Pure.
 */
public final class SwitchText {
  private static final int CHARS_MAX = 32 * 1024;
  private static final int TEXT_MAX = 512;

  private SwitchText() {}

  /** The text. */
  public static String write(SwitchRecord record) {
    var out = new StringBuilder();
    line(out, "epoch", record.epoch());
    line(out, "leader", record.leader());
    line(out, "at", record.atMillis());
    line(out, "start", record.startOffset());
    if (record.oldMaster() != null) {
      line(out, "old", record.oldMaster());
    }
    if (record.newMaster() != null) {
      line(out, "new", record.newMaster());
    }
    for (Vote vote : record.votes()) {
      line(out, "vote", vote.voter(), vote.afterNanos(), vote.leaseNanos(), vote.waitedNanos());
    }
    for (Standing at : record.backends()) {
      line(out, "backend", at.backend(), at.state(), at.lineage(), at.offset());
    }
    for (Took took : record.stages()) {
      line(out, "stage", took.stage(), took.nanos(), free(took.waitedFor()));
    }
    line(out, "loss", record.loss().kind(), record.loss().bytes(), free(record.loss().why()));
    line(out, "reason", free(record.reason()));
    line(out, "outcome", free(record.outcome()));
    return out.toString();
  }

  private static void line(StringBuilder out, String key, Object... words) {
    out.append(key);
    for (Object word : words) {
      out.append(' ').append(word);
    }
    out.append('\n');
  }

  private static String free(String text) {
    String plain = text.replaceAll("\\p{Cntrl}", " ");
    return plain.length() <= TEXT_MAX ? plain : plain.substring(0, TEXT_MAX);
  }

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static SwitchRecord read(String text) {
    if (text.length() > CHARS_MAX) {
      throw new IllegalArgumentException(
          "record of a switch with " + text.length() + " characters");
    }
    var draft = new Draft();
    for (String line : text.split("\n", -1)) {
      int space = line.indexOf(' ');
      if (space > 0) {
        draft.take(line.substring(0, space), line.substring(space + 1));
      }
    }
    return draft.record();
  }

  /** What has been read so far. */
  private static final class Draft {
    private long epoch;
    private @Nullable NodeId leader;
    private long atMillis;
    private long startOffset = -1;
    private @Nullable NodeAddress oldMaster;
    private @Nullable NodeAddress newMaster;
    private final List<Vote> votes = new ArrayList<>();
    private final List<Standing> backends = new ArrayList<>();
    private final List<Took> stages = new ArrayList<>();
    private Loss loss = new Loss(Loss.Kind.UNKNOWN, 0, "not said");
    private String reason = "";
    private String outcome = "";

    void take(String key, String rest) {
      switch (key) {
        case "epoch" -> epoch = number(rest);
        case "leader" -> leader = new NodeId(rest);
        case "at" -> atMillis = number(rest);
        case "start" -> startOffset = number(rest);
        case "old" -> oldMaster = NodeAddress.parse(rest);
        case "new" -> newMaster = NodeAddress.parse(rest);
        case "reason" -> reason = free(rest);
        case "outcome" -> outcome = free(rest);
        case "vote" -> {
          String[] words = words(key, rest, 4);
          room(votes);
          votes.add(
              new Vote(new NodeId(words[0]), number(words[1]), number(words[2]), number(words[3])));
        }
        case "backend" -> {
          String[] words = words(key, rest, 4);
          room(backends);
          backends.add(
              new Standing(
                  NodeAddress.parse(words[0]), free(words[1]), number(words[2]), number(words[3])));
        }
        case "stage" -> {
          String[] words = rest.split(" ", 3);
          if (words.length < 3) {
            throw new IllegalArgumentException("record of a switch with stage \"" + rest + "\"");
          }
          room(stages);
          stages.add(new Took(free(words[0]), number(words[1]), free(words[2])));
        }
        case "loss" -> {
          String[] words = rest.split(" ", 3);
          if (words.length < 3) {
            throw new IllegalArgumentException("record of a switch with loss \"" + rest + "\"");
          }
          loss = new Loss(Loss.Kind.valueOf(words[0]), number(words[1]), free(words[2]));
        }
        default -> {} // of a later version
      }
    }

    SwitchRecord record() {
      if (epoch <= 0 || leader == null) {
        throw new IllegalArgumentException("record of a switch without epoch or leader");
      }
      return new SwitchRecord(
          epoch,
          leader,
          atMillis,
          reason,
          oldMaster,
          newMaster,
          startOffset,
          votes,
          backends,
          stages,
          loss,
          outcome);
    }

    private static void room(List<?> list) {
      if (list.size() >= SwitchRecord.ENTRIES_MAX) {
        throw new IllegalArgumentException(
            "record of a switch with more than " + SwitchRecord.ENTRIES_MAX + " entries");
      }
    }

    private static String[] words(String key, String rest, int least) {
      String[] words = rest.split(" ", -1);
      if (words.length < least) {
        throw new IllegalArgumentException(
            "record of a switch with " + words.length + " words after " + key);
      }
      return words;
    }

    private static long number(String text) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "record of a switch with \"" + text + "\", expected a number", e);
      }
    }
  }
}
