package holdfast.health.report;

import holdfast.health.report.SwitchRecord.Loss;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The last switches that a voter knows of, the latest first. Immutable. */
public record SwitchLog(List<SwitchRecord> records) {
  /** Most that are kept. */
  public static final int RECORDS_MAX = 64;

  private static final Comparator<SwitchRecord> LATEST_FIRST =
      Comparator.comparingLong(SwitchRecord::epoch).reversed().thenComparing(SwitchRecord::leader);

  /** None yet. */
  public static final SwitchLog EMPTY = new SwitchLog(List.of());

  /** Copies the list. */
  public SwitchLog {
    records = List.copyOf(records);
  }

  /** With a further one; what was known of the same epoch and leader is replaced. */
  public SwitchLog with(SwitchRecord record) {
    var next = new ArrayList<SwitchRecord>(RECORDS_MAX);
    next.add(record);
    for (SwitchRecord known : records) {
      boolean same = known.epoch() == record.epoch() && known.leader().equals(record.leader());
      if (!same && next.size() < RECORDS_MAX) {
        next.add(known);
      }
    }
    next.sort(LATEST_FIRST);
    return new SwitchLog(next);
  }

  /** With what has become known of the loss of the switch to this epoch. */
  public SwitchLog with(long epoch, Loss loss) {
    var next = new ArrayList<SwitchRecord>(records.size());
    for (SwitchRecord known : records) {
      next.add(known.epoch() == epoch && known.isInForce() ? known.withLoss(loss) : known);
    }
    return new SwitchLog(next);
  }

  /** The latest {@code count}, or fewer. */
  public List<SwitchRecord> latest(int count) {
    return records.subList(0, Math.min(count, records.size()));
  }
}
