package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.EpochChain.Link;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.ReplicationId;
import java.util.ArrayList;
import java.util.List;

/** Chains and lists of voters as text, one entry a line, on the wire and on disk. */
public final class ChainText {
  private ChainText() {}

  /** The text of a chain; empty for none. */
  public static String write(EpochChain chain) {
    var out = new StringBuilder();
    for (Link link : chain.links()) {
      out.append(link.epoch()).append(' ').append(link.baseEpoch()).append(' ');
      out.append(link.startOffset());
      link.replicationIds().forEach(id -> out.append(' ').append(id));
      out.append('\n');
    }
    return out.toString();
  }

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static EpochChain read(String text) {
    var links = new ArrayList<Link>();
    for (String line : lines(text, EpochChain.LINKS_MAX)) {
      String[] words = line.split(" ", -1);
      if (words.length < 4 || words.length > 3 + AcceptedRecord.ENTRIES_MAX) {
        throw new IllegalArgumentException("chain line with " + words.length + " words");
      }
      var ids = new ArrayList<ReplicationId>();
      for (int i = 3; i < words.length; i++) {
        ids.add(new ReplicationId(words[i]));
      }
      links.add(
          new Link(
              Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]), ids));
    }
    return new EpochChain(links);
  }

  /** The text of a list of voters; empty for none. */
  public static String writeVoters(List<VoterEntry> voters) {
    var out = new StringBuilder();
    for (VoterEntry voter : voters) {
      out.append(voter.id()).append(' ').append(voter.incarnation()).append(' ');
      out.append(voter.address()).append('\n');
    }
    return out.toString();
  }

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static List<VoterEntry> readVoters(String text) {
    var voters = new ArrayList<VoterEntry>();
    for (String line : lines(text, AcceptedRecord.ENTRIES_MAX)) {
      String[] words = line.split(" ", -1);
      if (words.length != 3) {
        throw new IllegalArgumentException("voter line with " + words.length + " words");
      }
      voters.add(new VoterEntry(new NodeId(words[0]), words[1], NodeAddress.parse(words[2])));
    }
    return voters;
  }

  private static List<String> lines(String text, int most) {
    if (text.isEmpty()) {
      return List.of();
    }
    if (!text.endsWith("\n")) {
      throw new IllegalArgumentException("text is cut off");
    }
    String[] lines = text.substring(0, text.length() - 1).split("\n", -1);
    if (lines.length > most) {
      throw new IllegalArgumentException(lines.length + " lines, expected at most " + most);
    }
    return List.of(lines);
  }
}
