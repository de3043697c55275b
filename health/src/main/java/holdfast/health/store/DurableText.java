package holdfast.health.store;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.RecordText;
import holdfast.health.vote.ChainText;
import holdfast.health.vote.Durable;
import holdfast.health.vote.Maintenance;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The body of the voter's file: single values, then sections that begin with {@code [name]}. */
final class DurableText {
  private static final String NOBODY = "-";

  private DurableText() {}

  static String write(Durable durable) {
    NodeId votedFor = durable.votedFor();
    AcceptedRecord record = durable.record();
    return "self "
        + durable.self()
        + "\nincarnation "
        + durable.incarnation()
        + "\nvoted-epoch "
        + durable.votedEpoch()
        + "\nvoted-for "
        + (votedFor == null ? NOBODY : votedFor)
        + "\nlongest-lease-ns "
        + durable.longestLeaseNanos()
        + "\nmaintenance "
        + durable.maintenance().count()
        + (durable.maintenance().on() ? " on" : " off")
        + "\n[members]\n"
        + ChainText.writeVoters(durable.members())
        + "[chain]\n"
        + ChainText.write(durable.chain())
        + "[record]\n"
        + (record == null ? "" : RecordText.write(record));
  }

  static Durable read(String text) {
    Map<String, String> values = new HashMap<>();
    Map<String, StringBuilder> sections = new HashMap<>();
    StringBuilder section = null;
    for (String line : text.split("\n", -1)) {
      if (line.startsWith("[")) {
        section = new StringBuilder();
        sections.put(line, section);
      } else if (section != null) {
        if (!line.isEmpty()) {
          section.append(line).append('\n');
        }
      } else {
        int space = line.indexOf(' ');
        if (space > 0) {
          values.put(line.substring(0, space), line.substring(space + 1));
        }
      }
    }
    String votedFor = needed(values, "voted-for");
    String recordText = section(sections, "[record]");
    AcceptedRecord record = recordText.isEmpty() ? null : RecordText.read(recordText);
    return new Durable(
        new NodeId(needed(values, "self")),
        needed(values, "incarnation"),
        ChainText.readVoters(section(sections, "[members]")),
        Long.parseLong(needed(values, "voted-epoch")),
        votedFor.equals(NOBODY) ? null : new NodeId(votedFor),
        record,
        record == null ? 0 : record.fingerprint(),
        ChainText.read(section(sections, "[chain]")),
        Long.parseLong(needed(values, "longest-lease-ns")),
        maintenance(values.get("maintenance")));
  }

  /** A file from before there was such a thing says nothing of it. */
  private static Maintenance maintenance(@Nullable String text) {
    if (text == null) {
      return Maintenance.NONE;
    }
    int space = text.indexOf(' ');
    return new Maintenance(
        Long.parseLong(space < 0 ? text : text.substring(0, space)), text.endsWith(" on"));
  }

  private static String needed(Map<String, String> values, String key) {
    @Nullable String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("no " + key);
    }
    return value;
  }

  private static String section(Map<String, StringBuilder> sections, String name) {
    StringBuilder section = sections.get(name);
    if (section == null) {
      throw new IllegalArgumentException("no section " + name);
    }
    return section.toString();
  }
}
