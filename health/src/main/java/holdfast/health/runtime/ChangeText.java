package holdfast.health.runtime;

import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.health.failover.Change;
import holdfast.health.vote.ChangeRequest;
import java.util.List;
import java.util.Locale;

/** Changes of the deployment as arguments of {@code HOLDFAST CHANGE}. Pure. */
final class ChangeText {
  static final List<String> HELP =
      List.of(
          "CHANGE ADD-BACKEND <host:port> [<priority>]",
          "    A further backend; whatever data it has is replaced by the master's.",
          "CHANGE REMOVE-BACKEND <host:port>",
          "    One less; it then follows nobody, or as before. Not the master: switch over first.",
          "CHANGE REPLACE-BACKEND <old host:port> <new host:port>",
          "    One for another.",
          "CHANGE SET-PRIORITY <host:port> <priority>",
          "    0: never promoted, and counted neither as a backend nor as a replica.",
          "CHANGE SET-K <n>",
          "    Replicas that must have a write before it is acknowledged.",
          "CHANGE SET-LEASE <ms> <ms of an engine>",
          "    Lengths of the leases.",
          "CHANGE ADD-VOTER <host:port>",
          "    A further voter, started before with the present ones as its peers.",
          "CHANGE REMOVE-VOTER <host:port>",
          "    One less. Ask another one for it.",
          "CHANGE REPLACE-VOTER <old host:port> <new host:port>",
          "    One for another, or for itself after the loss of its data folder.");

  private static final int PRIORITY_DEFAULT = 100;

  private ChangeText() {}

  /**
   * Reads a command.
   *
   * @throws IllegalArgumentException if it is no such change, with a text for the error reply
   */
  static ChangeRequest read(List<String> arguments) {
    List<String> words = arguments.subList(2, arguments.size());
    String kind = words.isEmpty() ? "" : words.getFirst().toUpperCase(Locale.ROOT);
    return switch (kind) {
      case "ADD-BACKEND" -> {
        between(words, 2, 3);
        int priority = words.size() == 3 ? number(words.get(2)) : PRIORITY_DEFAULT;
        yield of(new Change.AddBackend(new BackendEntry(address(words, 1), priority)));
      }
      case "REMOVE-BACKEND" -> {
        between(words, 2, 2);
        yield of(new Change.RemoveBackend(address(words, 1)));
      }
      case "REPLACE-BACKEND" -> {
        between(words, 3, 3);
        yield of(new Change.ReplaceBackend(address(words, 1), address(words, 2)));
      }
      case "SET-PRIORITY" -> {
        between(words, 3, 3);
        yield of(new Change.SetPriority(address(words, 1), number(words.get(2))));
      }
      case "SET-K" -> {
        between(words, 2, 2);
        yield of(new Change.SetReplicasRequired(number(words.get(1))));
      }
      case "SET-LEASE" -> {
        between(words, 3, 3);
        yield of(new Change.SetLeases(nanos(words.get(1)), nanos(words.get(2))));
      }
      case "ADD-VOTER" -> {
        between(words, 2, 2);
        NodeAddress address = address(words, 1);
        yield new ChangeRequest.AddVoter(NodeId.of(address), address);
      }
      case "REMOVE-VOTER" -> {
        between(words, 2, 2);
        yield of(new Change.RemoveVoter(NodeId.of(address(words, 1))));
      }
      case "REPLACE-VOTER" -> {
        between(words, 3, 3);
        NodeAddress next = address(words, 2);
        yield new ChangeRequest.ReplaceVoter(NodeId.of(address(words, 1)), NodeId.of(next), next);
      }
      default ->
          throw new IllegalArgumentException(
              "unknown change '" + VoterCommands.shown(kind) + "'. Try HOLDFAST HELP.");
    };
  }

  private static ChangeRequest of(Change change) {
    return new ChangeRequest.Of(change);
  }

  private static void between(List<String> words, int least, int most) {
    if (words.size() < least || words.size() > most) {
      throw new IllegalArgumentException(
          "wrong number of arguments for CHANGE " + words.getFirst() + ". Try HOLDFAST HELP.");
    }
  }

  private static NodeAddress address(List<String> words, int index) {
    return NodeAddress.parse(words.get(index));
  }

  private static int number(String word) {
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + VoterCommands.shown(word) + "', expected a number", e);
    }
  }

  private static long nanos(String millis) {
    return number(millis) * 1_000_000L;
  }
}
