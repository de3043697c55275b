package holdfast.backend.model;

import holdfast.backend.model.AcceptedRecord.Adopted;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The text form of a record, on the wire and on disk: one {@code key value...} per line. Keys that
 * this version does not know are skipped, and what an older one does not write has a meaning when
 * it is absent, so that versions can be mixed while they are replaced one by one.
 */
public final class RecordText {
  /** Longest text that is read, characters. */
  public static final int CHARS_MAX = 64 * 1024;

  private RecordText() {}

  /** The text of a record. */
  public static String write(AcceptedRecord record) {
    var out = new StringBuilder(512);
    line(out, "epoch", record.epoch());
    line(out, "base", record.baseEpoch());
    line(out, "master", record.master());
    line(out, "run", record.masterRunId());
    line(out, "start", record.startOffset());
    record.replicationIds().forEach(id -> line(out, "replid", id));
    for (VoterEntry voter : record.voters()) {
      line(out, "voter", text(voter));
    }
    for (BackendEntry backend : record.backends()) {
      line(out, "backend", backend.address() + " " + backend.priority());
    }
    for (Adopted entry : record.adopted()) {
      line(out, "adopted", entry.address() + " " + entry.runId() + " " + entry.epoch());
    }
    line(out, "required", record.replicasRequired());
    line(out, "lease-ns", record.leaseNanos());
    line(out, "engine-lease-ns", record.engineLeaseNanos());
    AcceptedRecord.Former former = record.former();
    if (former != null) {
      line(out, "former-epoch", former.epoch());
      line(out, "former-required", former.replicasRequired());
      for (BackendEntry backend : former.backends()) {
        line(out, "former-backend", backend.address() + " " + backend.priority());
      }
    }
    record.formerVoters().forEach(voter -> line(out, "former-voter", text(voter)));
    return out.toString();
  }

  private static String text(VoterEntry voter) {
    return voter.id() + " " + voter.incarnation() + " " + voter.address();
  }

  private static void line(StringBuilder out, String key, Object value) {
    out.append(key).append(' ').append(value).append('\n');
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if it is no record, saying where
   */
  public static AcceptedRecord read(String text) {
    if (text.length() > CHARS_MAX) {
      throw new IllegalArgumentException(
          "record of " + text.length() + " characters, expected at most " + CHARS_MAX);
    }
    Map<String, String> single = new HashMap<>();
    List<ReplicationId> replicationIds = new ArrayList<>();
    List<VoterEntry> voters = new ArrayList<>();
    List<BackendEntry> backends = new ArrayList<>();
    List<Adopted> adopted = new ArrayList<>();
    List<BackendEntry> formerBackends = new ArrayList<>();
    List<VoterEntry> formerVoters = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      int space = line.indexOf(' ');
      if (space < 0) {
        continue;
      }
      String value = line.substring(space + 1);
      switch (line.substring(0, space)) {
        case "replid" -> replicationIds.add(new ReplicationId(value));
        case "voter" -> voters.add(voter(value));
        case "backend" -> backends.add(backend(value));
        case "adopted" -> adopted.add(adopted(value));
        case "former-voter" -> formerVoters.add(voter(value));
        case "former-backend" -> formerBackends.add(backend(value));
        default -> single.put(line.substring(0, space), value);
      }
    }
    return new AcceptedRecord(
        number(single, "epoch"),
        number(single, "base"),
        NodeAddress.parse(needed(single, "master")),
        new RunId(needed(single, "run")),
        number(single, "start"),
        replicationIds,
        voters,
        backends,
        adopted,
        Math.toIntExact(number(single, "required")),
        number(single, "lease-ns"),
        number(single, "engine-lease-ns"),
        single.containsKey("former-epoch")
            ? new AcceptedRecord.Former(
                number(single, "former-epoch"),
                formerBackends,
                Math.toIntExact(number(single, "former-required")))
            : null,
        formerVoters);
  }

  private static VoterEntry voter(String value) {
    String[] words = words(value, 3);
    return new VoterEntry(new NodeId(words[0]), words[1], NodeAddress.parse(words[2]));
  }

  private static BackendEntry backend(String value) {
    String[] words = words(value, 2);
    return new BackendEntry(NodeAddress.parse(words[0]), Integer.parseInt(words[1]));
  }

  private static Adopted adopted(String value) {
    String[] words = words(value, 3);
    return new Adopted(NodeAddress.parse(words[0]), new RunId(words[1]), Long.parseLong(words[2]));
  }

  private static String[] words(String value, int count) {
    String[] words = value.split(" ", -1);
    if (words.length != count) {
      throw new IllegalArgumentException(
          "record line \"" + Shown.of(value) + "\", expected " + count + " words");
    }
    return words;
  }

  private static String needed(Map<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("record without \"" + key + "\"");
    }
    return value;
  }

  private static long number(Map<String, String> values, String key) {
    String value = needed(values, key);
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "record with " + key + " \"" + Shown.of(value) + "\", expected a number", e);
    }
  }
}
