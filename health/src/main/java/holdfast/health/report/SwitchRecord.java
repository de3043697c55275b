package holdfast.health.report;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What people want to know of one switch, or of an attempt that was given up: written by its
 * leader, told to the other voters, kept by all of them.
 *
 * @param leader who led it
 * @param atMillis wall time when the leader stood; for people, nothing is counted with it
 * @param reason why it stood
 * @param oldMaster null at first start
 * @param newMaster null if none was recorded
 * @param startOffset where the history of the new epoch begins; -1 if none was recorded
 * @param votes in the order they came, the leader's own among them
 * @param backends where each of them stood when it was asked
 * @param stages in order, with the time of each
 * @param loss what may be lost
 * @param outcome {@code in force}, or why it was given up
 */
public record SwitchRecord(
    long epoch,
    NodeId leader,
    long atMillis,
    String reason,
    @Nullable NodeAddress oldMaster,
    @Nullable NodeAddress newMaster,
    long startOffset,
    List<Vote> votes,
    List<Standing> backends,
    List<Took> stages,
    Loss loss,
    String outcome) {
  /** How a switch ended that ended well. */
  public static final String IN_FORCE = "in force";

  /** Most votes, backends and stages. */
  public static final int ENTRIES_MAX = 64;

  /**
   * A vote.
   *
   * @param afterNanos since the leader stood
   * @param leaseNanos how long leases granted by this voter would still have run
   * @param waitedNanos how long they did: they end early when holders give them up
   */
  public record Vote(NodeId voter, long afterNanos, long leaseNanos, long waitedNanos) {}

  /**
   * Where a backend stood.
   *
   * @param state {@code known}: it had not restarted since it was seen caught up; {@code
   *     restarted}; {@code refused} or {@code silent}: it did not answer
   * @param lineage the epoch its data belongs to, 0 if the recorded history does not tell
   * @param offset of its data, -1 if it says nothing certain
   */
  public record Standing(NodeAddress backend, String state, long lineage, long offset) {}

  /**
   * A stage.
   *
   * @param waitedFor what took the time
   */
  public record Took(String stage, long nanos, String waitedFor) {}

  /**
   * What the old master had more than the new one starts with, in bytes of the replication stream,
   * in which what Redis itself puts there (PING) counts too.
   */
  public record Loss(Kind kind, long bytes, String why) {
    /** How sure it is. */
    public enum Kind {
      /** Nothing is. */
      NONE,
      /** These bytes. */
      EXACT,
      /** At least these. */
      AT_LEAST,
      /** Nobody can say. */
      UNKNOWN
    }

    /** Whether it is certain where the other is not, or bounds what nobody could say. */
    boolean tellsMoreThan(Loss other) {
      return switch (other.kind) {
        case NONE, EXACT -> false;
        case AT_LEAST -> kind == Kind.NONE || kind == Kind.EXACT;
        case UNKNOWN -> kind != Kind.UNKNOWN || !why.equals(other.why);
      };
    }

    /** For people. */
    public String text() {
      return switch (kind) {
        case NONE -> "nothing (" + why + ")";
        case EXACT -> bytes + " bytes (" + why + ")";
        case AT_LEAST -> "at least " + bytes + " bytes (" + why + ")";
        case UNKNOWN -> "unknown (" + why + ")";
      };
    }
  }

  /** Copies the lists. */
  public SwitchRecord {
    votes = List.copyOf(votes);
    backends = List.copyOf(backends);
    stages = List.copyOf(stages);
  }

  /** Whether a new record came of it. */
  public boolean isInForce() {
    return outcome.equals(IN_FORCE);
  }

  /** From when the leader stood until the end. */
  public long nanos() {
    long sum = 0;
    for (Took took : stages) {
      sum += took.nanos();
    }
    return sum;
  }

  /** The same with what has become known of the loss. */
  public SwitchRecord withLoss(Loss known) {
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
        known,
        outcome);
  }

  /** One line for the log and for people. */
  public String line() {
    var out = new StringBuilder("switch to epoch ").append(epoch);
    out.append(isInForce() ? " in force" : " given up").append(" after ").append(millis(nanos()));
    if (isInForce()) {
      out.append(": master ").append(newMaster).append(" from offset ").append(startOffset);
      out.append(oldMaster == null ? " (the first)" : ", was " + oldMaster);
    } else {
      out.append(": ").append(outcome);
    }
    out.append("; led by ").append(leader).append(" because ").append(reason).append("; ");
    var stageTexts = new ArrayList<String>();
    for (Took took : stages) {
      stageTexts.add(
          took.stage()
              + " "
              + millis(took.nanos())
              + (took.waitedFor().isEmpty() ? "" : " (" + took.waitedFor() + ")"));
    }
    out.append(String.join(", ", stageTexts));
    var voteTexts = new ArrayList<String>();
    for (Vote vote : votes) {
      voteTexts.add(
          vote.voter()
              + " after "
              + millis(vote.afterNanos())
              + ", leases "
              + millis(vote.waitedNanos())
              + " of "
              + millis(vote.leaseNanos()));
    }
    out.append("; votes: ").append(String.join(", ", voteTexts));
    if (!backends.isEmpty()) {
      var standings = new ArrayList<String>();
      for (Standing at : backends) {
        standings.add(at.backend() + " " + standing(at));
      }
      out.append("; backends: ").append(String.join(", ", standings));
    }
    return out.append("; may be lost: ").append(loss.text()).toString();
  }

  private static String standing(Standing at) {
    boolean answered = at.offset() >= 0 || at.state().equals("known");
    return at.state()
        + (answered
            ? (at.lineage() > 0 ? " epoch " + at.lineage() : " unknown history")
                + (at.offset() >= 0 ? " to " + at.offset() : " to no certain offset")
            : "");
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
  }

  /** As a map for JSON, in the order to be shown. */
  public Map<String, Object> map() {
    var map = new LinkedHashMap<String, Object>();
    map.put("epoch", epoch);
    map.put("outcome", outcome);
    map.put("in_force", isInForce());
    map.put("at", java.time.Instant.ofEpochMilli(atMillis).toString());
    map.put("millis", rounded(nanos()));
    map.put("reason", reason);
    map.put("leader", leader.value());
    map.put("old_master", oldMaster == null ? "" : oldMaster.toString());
    map.put("new_master", newMaster == null ? "" : newMaster.toString());
    map.put("start_offset", startOffset);
    var stageList = new ArrayList<Map<String, Object>>();
    for (Took took : stages) {
      var entry = new LinkedHashMap<String, Object>();
      entry.put("stage", took.stage());
      entry.put("millis", rounded(took.nanos()));
      entry.put("waited_for", took.waitedFor());
      stageList.add(entry);
    }
    map.put("stages", stageList);
    var voteList = new ArrayList<Map<String, Object>>();
    for (Vote vote : votes) {
      var entry = new LinkedHashMap<String, Object>();
      entry.put("voter", vote.voter().value());
      entry.put("after_millis", rounded(vote.afterNanos()));
      entry.put("lease_millis", rounded(vote.leaseNanos()));
      entry.put("waited_millis", rounded(vote.waitedNanos()));
      voteList.add(entry);
    }
    map.put("votes", voteList);
    var backendList = new ArrayList<Map<String, Object>>();
    for (Standing at : backends) {
      var entry = new LinkedHashMap<String, Object>();
      entry.put("backend", at.backend().toString());
      entry.put("state", at.state());
      entry.put("lineage_epoch", at.lineage());
      entry.put("offset", at.offset());
      backendList.add(entry);
    }
    map.put("backends", backendList);
    var lost = new LinkedHashMap<String, Object>();
    lost.put("kind", loss.kind().name().toLowerCase(Locale.ROOT));
    lost.put("bytes", loss.bytes());
    lost.put("why", loss.why());
    map.put("may_be_lost", lost);
    return map;
  }

  private static double rounded(long nanos) {
    return Math.round(nanos / 1e4) / 100.0;
  }
}
