package holdfast.health.report;

import holdfast.health.report.SwitchRecord.Loss;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  /**
   * With a further one; what was known of the same epoch and leader is replaced, but for the loss
   * if that was known better.
   */
  public SwitchLog with(SwitchRecord record) {
    var next = new ArrayList<SwitchRecord>(RECORDS_MAX);
    SwitchRecord latest = record;
    for (SwitchRecord known : records) {
      if (known.epoch() == record.epoch() && known.leader().equals(record.leader())) {
        latest = known.loss().tellsMoreThan(record.loss()) ? record.withLoss(known.loss()) : record;
      } else if (next.size() < RECORDS_MAX - 1) {
        next.add(known);
      }
    }
    next.add(latest);
    next.sort(LATEST_FIRST);
    return new SwitchLog(next);
  }

  /**
   * With what has become known of the loss of the switch to this epoch, where it tells more than
   * was known.
   *
   * @return this very log where it does not
   */
  public SwitchLog with(long epoch, Loss loss) {
    var next = new ArrayList<SwitchRecord>(records.size());
    boolean news = false;
    for (SwitchRecord known : records) {
      boolean better =
          known.epoch() == epoch && known.isInForce() && loss.tellsMoreThan(known.loss());
      next.add(better ? known.withLoss(loss) : known);
      news |= better;
    }
    return news ? new SwitchLog(next) : this;
  }

  /** The switch that made this epoch's record, null if it is not known. */
  public @Nullable SwitchRecord inForce(long epoch) {
    for (SwitchRecord known : records) {
      if (known.epoch() == epoch && known.isInForce()) {
        return known;
      }
    }
    return null;
  }

  /** The latest {@code count}, or fewer. */
  public List<SwitchRecord> latest(int count) {
    return records.subList(0, Math.min(count, records.size()));
  }
}
